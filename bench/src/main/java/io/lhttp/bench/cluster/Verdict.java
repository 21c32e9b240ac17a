package io.lhttp.bench.cluster;

import java.util.List;

/**
 * What became of everything that was sent, added up over all subscribers.
 *
 * @param sent publications that a server has acknowledged
 * @param expected deliveries that they should have brought
 * @param delivered that came, doubles left out; more than expected where something came whose
 *     acknowledgement did not
 * @param doubled that came again
 * @param outOfOrder that came behind a later one of their stream
 * @param lost that did not come
 * @param told of the lost, those in a gap that the subscriber was told of
 * @param orphaned of the lost, the last ones that a server had acknowledged when it was killed:
 *     only their publishers know, whose connections broke
 * @param silent of the lost, the rest
 * @param refusedYetDelivered that came although the publisher was told that they were not taken
 * @param examples of what should not be, in words
 */
record Verdict(
    long sent,
    long expected,
    long delivered,
    long doubled,
    long outOfOrder,
    long lost,
    long told,
    long orphaned,
    long silent,
    long refusedYetDelivered,
    List<String> examples) {

  /**
   * @param history whether channels have one, and nothing may be lost, told or not
   */
  boolean good(boolean history) {
    return doubled == 0
        && outOfOrder == 0
        && silent == 0
        && (!history || lost == 0)
        && delivered > 0;
  }

  @Override
  public String toString() {
    var text =
        """
        sent                      %,12d
        deliveries expected       %,12d
        delivered                 %,12d
        doubled                   %,12d
        out of order              %,12d
        lost                      %,12d
          in a gap that was told  %,12d
          with a killed server    %,12d
          in silence              %,12d
        refused yet delivered     %,12d
        """
            .formatted(
                sent,
                expected,
                delivered,
                doubled,
                outOfOrder,
                lost,
                told,
                orphaned,
                silent,
                refusedYetDelivered);
    return text + String.join(System.lineSeparator(), examples);
  }
}
