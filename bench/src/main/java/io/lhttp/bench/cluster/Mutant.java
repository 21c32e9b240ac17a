package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import io.lhttp.bench.cluster.Journal.Event;
import io.lhttp.bench.cluster.Journal.Gap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Changes journals as a broken server would, to show that the checker finds it. */
enum Mutant {
  /** A delivery is dropped without a report. */
  DROP {
    @Override
    void mutate(List<Event> events, int at) {
      events.remove(at);
    }
  },
  /** A delivery is swapped with the next one of its stream. */
  SWAP {
    @Override
    void mutate(List<Event> events, int at) {
      var stream = ((Delivered) events.get(at)).stream();
      for (var i = at + 1; i < events.size() && !(events.get(i) instanceof Gap); i++) {
        if (events.get(i) instanceof Delivered next && next.stream().equals(stream)) {
          Collections.swap(events, at, i);
          return;
        }
      }
    }
  },
  /** A delivery is doubled. */
  DOUBLE {
    @Override
    void mutate(List<Event> events, int at) {
      events.add(at, events.get(at));
    }
  };

  private static final int ONE_IN = 10_000;

  /** The number of deliveries that are changed, if there are fewer than 100,000. */
  private static final int LEAST_CHANGES = 10;

  abstract void mutate(List<Event> events, int at);

  /** Returns the journals with one delivery in 10,000 changed, and about ten at least. */
  final List<Journal> of(List<Journal> journals) {
    var total = journals.stream().mapToInt(journal -> journal.events().size()).sum();
    var every = Math.clamp(total / LEAST_CHANGES, 1, ONE_IN);
    var mutated = new ArrayList<Journal>();
    var count = 0;
    for (var journal : journals) {
      var events = new ArrayList<>(journal.events());
      for (var i = events.size() - 1; i >= 0; i--) {
        if (events.get(i) instanceof Delivered && ++count % every == 0) {
          mutate(events, i);
        }
      }
      var copy = new Journal(journal.subscriber(), journal.channel());
      events.forEach(copy::add);
      mutated.add(copy);
    }
    return mutated;
  }
}
