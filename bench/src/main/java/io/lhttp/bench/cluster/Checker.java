package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Missed;
import io.lhttp.bench.cluster.Segment.Hole;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Compares the servers' acknowledgements with the records of each subscriber. Each check uses a new
 * instance.
 *
 * <p>Within a {@link Segment} no publication may come twice or behind a later one of its stream. A
 * missing publication counts as reported if it lies in a gap between two segments, or if the server
 * has counted it in {@code missed}.
 *
 * <p>If the end of a stream is missing without a report, a killed server must have taken it along.
 * Such publications are counted apart.
 */
final class Checker {
  private static final int EXAMPLES = 20;

  private long expected;
  private long delivered;
  private long doubled;
  private long outOfOrder;
  private long lost;
  private long orphaned;
  private long silent;
  private long refusedYetDelivered;
  private final List<String> examples = new ArrayList<>();

  private Checker() {}

  static Verdict check(List<Sent> sent, List<Journal> journals) {
    var checker = new Checker();
    var byChannel = sent.stream().collect(Collectors.groupingBy(Sent::channel));
    for (var journal : journals) {
      checker.check(journal, byChannel.getOrDefault(journal.channel(), List.of()));
    }
    return new Verdict(
        sent.stream().mapToLong(s -> s.acknowledged().cardinality()).sum(),
        checker.expected,
        checker.delivered,
        checker.doubled,
        checker.outOfOrder,
        checker.lost,
        checker.lost - checker.orphaned - checker.silent,
        checker.orphaned,
        checker.silent,
        checker.refusedYetDelivered,
        List.copyOf(checker.examples));
  }

  private void check(Journal journal, List<Sent> sent) {
    var events = journal.events();
    var segments = Segment.of(events);
    doubled += segments.stream().mapToLong(Segment::doubled).sum();
    outOfOrder += segments.stream().mapToLong(Segment::outOfOrder).sum();
    var holes = new ArrayList<Hole>();
    sent.forEach(stream -> holes.addAll(lost(stream, segments)));
    var reports = new ArrayList<LossReports.Report>();
    for (var i = 0; i < events.size(); i++) {
      if (events.get(i) instanceof Missed(var count)) {
        reports.add(new LossReports.Report(i, count));
      }
    }
    for (var hole : LossReports.unreported(holes, reports)) {
      if (hole.orphan()) {
        orphaned++;
      } else {
        silent++;
        if (examples.size() < EXAMPLES) {
          examples.add(
              "%s has an unreported loss on %s: %s"
                  .formatted(journal.subscriber(), journal.channel(), hole));
        }
      }
    }
  }

  /** Counts a stream. Returns its lost publications outside of the gaps. */
  private List<Hole> lost(Sent stream, List<Segment> segments) {
    var seen = new BitSet();
    segments.forEach(segment -> segment.addTo(seen, stream.stream()));
    var missing = (BitSet) stream.acknowledged().clone();
    missing.andNot(seen);
    var refused = (BitSet) stream.refused().clone();
    refused.and(seen);
    expected += stream.acknowledged().cardinality();
    delivered += seen.cardinality();
    lost += missing.cardinality();
    refusedYetDelivered += refused.cardinality();
    return missing.stream()
        .mapToObj(number -> hole(stream, number, segments))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Hole> hole(Sent stream, int number, List<Segment> segments) {
    return segments.stream()
        .map(segment -> segment.hole(stream, number))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
