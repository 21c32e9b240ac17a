package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Segment.Hole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Decides which losses were reported. A server that sends {@code missed:3} reports three losses
 * near that place, and not four.
 */
final class LossReports {
  /**
   * A header {@code missed} that a subscriber received.
   *
   * @param position the index of the event in the journal
   */
  record Report(int position, long count) {}

  private LossReports() {}

  /**
   * Assigns reports to losses. It takes the losses with the earliest limit first, which matches as
   * many as possible.
   *
   * @param reports in the order of their positions
   * @return the losses without a report
   */
  static List<Hole> unreported(List<Hole> holes, List<Report> reports) {
    var opening = new ArrayList<>(holes);
    opening.sort(Comparator.comparingInt(Hole::after));
    var open = new PriorityQueue<>(Comparator.comparingInt(Hole::before));
    var unreported = new ArrayList<Hole>();
    var next = 0;
    for (var report : reports) {
      while (next < opening.size() && opening.get(next).after() < report.position()) {
        open.add(opening.get(next++));
      }
      while (!open.isEmpty() && open.element().before() < report.position()) {
        unreported.add(open.remove());
      }
      for (var left = report.count(); left > 0 && !open.isEmpty(); left--) {
        open.remove();
      }
    }
    unreported.addAll(open);
    unreported.addAll(opening.subList(next, opening.size()));
    return unreported;
  }
}
