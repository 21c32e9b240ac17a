package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import io.lhttp.bench.cluster.Journal.Event;
import io.lhttp.bench.cluster.Journal.Gap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What subscribers of a broken server would have seen: shows that the checker can fail. */
enum Mutant {
  /** A delivery is left out, and nobody is told. */
  DROP {
    @Override
    void mutate(List<Event> events, int at) {
      events.remove(at);
    }
  },
  /** A delivery changes places with the next one of its stream. */
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
  /** A delivery comes twice. */
  DOUBLE {
    @Override
    void mutate(List<Event> events, int at) {
      events.add(at, events.get(at));
    }
  };

  private static final int ONE_IN = 10_000;

  /** Where there are few, one of a tenth of them. */
  private static final int AT_LEAST = 10;

  abstract void mutate(List<Event> events, int at);

  /** The journals with one delivery in 10,000 gone wrong. */
  final List<Journal> of(List<Journal> journals) {
    var total = journals.stream().mapToInt(journal -> journal.events().size()).sum();
    var every = Math.clamp(total / AT_LEAST, 1, ONE_IN);
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
