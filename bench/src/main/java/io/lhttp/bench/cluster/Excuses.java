package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Segment.Hole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Which losses were told. A server that says {@code missed:3} excuses three numbers that are lost
 * around there, and not four.
 */
final class Excuses {
  /**
   * A {@code missed} that was received.
   *
   * @param position of the event in the journal
   */
  record Told(int position, long count) {}

  private Excuses() {}

  /**
   * Takes the holes whose time runs out first, which excuses as many as can be.
   *
   * @param told in the order of their positions
   * @return the holes that nothing excuses
   */
  static List<Hole> unexcused(List<Hole> holes, List<Told> told) {
    var opening = new ArrayList<>(holes);
    opening.sort(Comparator.comparingInt(Hole::after));
    var open = new PriorityQueue<>(Comparator.comparingInt(Hole::before));
    var unexcused = new ArrayList<Hole>();
    var next = 0;
    for (var excuse : told) {
      while (next < opening.size() && opening.get(next).after() < excuse.position()) {
        open.add(opening.get(next++));
      }
      while (!open.isEmpty() && open.element().before() < excuse.position()) {
        unexcused.add(open.remove());
      }
      for (var left = excuse.count(); left > 0 && !open.isEmpty(); left--) {
        open.remove();
      }
    }
    unexcused.addAll(open);
    unexcused.addAll(opening.subList(next, opening.size()));
    return unexcused;
  }
}
