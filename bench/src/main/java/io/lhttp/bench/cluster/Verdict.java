package io.lhttp.bench.cluster;

import java.util.List;

/**
 * The result of the check, summed over all subscribers.
 *
 * @param sent publications that a server has acknowledged
 * @param expected the deliveries that they should cause
 * @param delivered deliveries without doubled ones; more than expected if an unacknowledged
 *     publication was delivered
 * @param doubled deliveries that came again
 * @param outOfOrder deliveries behind a later one of their stream
 * @param lost missing deliveries
 * @param reported missing deliveries that the subscriber knows of, by a gap or by {@code missed}
 * @param orphaned missing deliveries at the end of a stream whose server was killed: no server is
 *     left that could report them
 * @param silent the other missing deliveries
 * @param refusedYetDelivered deliveries of publications that the server had refused
 * @param examples descriptions of errors
 */
record Verdict(
    long sent,
    long expected,
    long delivered,
    long doubled,
    long outOfOrder,
    long lost,
    long reported,
    long orphaned,
    long silent,
    long refusedYetDelivered,
    List<String> examples) {

  /**
   * @param history whether the channels have one; then no delivery may be lost, reported or not
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
          and reported            %,12d
          with a killed server    %,12d
          without a report        %,12d
        refused yet delivered     %,12d
        """
            .formatted(
                sent,
                expected,
                delivered,
                doubled,
                outOfOrder,
                lost,
                reported,
                orphaned,
                silent,
                refusedYetDelivered);
    return text + String.join(System.lineSeparator(), examples);
  }
}
