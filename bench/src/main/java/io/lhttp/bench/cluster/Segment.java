package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import io.lhttp.bench.cluster.Journal.Event;
import io.lhttp.bench.cluster.Journal.Gap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The events of a journal from one gap to the next. */
final class Segment {
  /**
   * Other servers may learn of a subscription this much later than the subscriber's own server, and
   * a publication may be under way for as long, without an error.
   */
  static final long SETTLING_NANOS = 3_000_000_000L;

  private final int begin;
  private final long since;
  private final Map<String, Run> runs = new HashMap<>();
  private int end;
  private long until = Long.MAX_VALUE;
  private long doubled;
  private long outOfOrder;

  private Segment(int begin, long since) {
    this.begin = begin;
    this.end = begin;
    this.since = since;
  }

  /** Divides a journal. Events before its first gap are an error. */
  static List<Segment> of(List<Event> events) {
    var segments = new ArrayList<Segment>();
    for (var i = 0; i < events.size(); i++) {
      if (events.get(i) instanceof Gap(var from, var to)) {
        if (!segments.isEmpty()) {
          segments.getLast().until = from;
        }
        segments.add(new Segment(i, to));
      } else if (segments.isEmpty()) {
        throw new IllegalArgumentException("a journal begins with a gap: " + events.get(i));
      } else if (events.get(i) instanceof Delivered(var stream, var number)) {
        segments.getLast().delivered(stream, number, i);
      }
      segments.getLast().end = i;
    }
    return segments;
  }

  long doubled() {
    return doubled;
  }

  long outOfOrder() {
    return outOfOrder;
  }

  /** Adds the numbers of those publications of the stream that this segment contains. */
  void addTo(BitSet numbers, String stream) {
    var run = runs.get(stream);
    if (run != null) {
      numbers.or(run.seen);
    }
  }

  /**
   * Returns the events between which a lost number should have come, if it should be in this
   * segment; empty if it may have been published in the gap before or after the segment.
   */
  Optional<Hole> hole(Sent sent, int number) {
    var headIsDue = sent.began() - since > SETTLING_NANOS;
    var tailIsDue = until == Long.MAX_VALUE || until - sent.ended() > SETTLING_NANOS;
    var run = runs.get(sent.stream());
    var size = run == null ? 0 : run.size;
    var index = run == null ? 0 : run.indexAfter(number);
    var from = index > 0 && run != null ? run.positions[index - 1] : headIsDue ? begin : -1;
    var to = index < size && run != null ? run.positions[index] : tailIsDue ? end : -1;
    return from < 0 || to < 0
        ? Optional.empty()
        : Optional.of(
            new Hole(
                sent.stream(), number, from, to, index == size && sent.end() == Sent.End.KILLED));
  }

  private void delivered(String stream, long number, int position) {
    var run = runs.computeIfAbsent(stream, s -> new Run());
    if (run.seen.get((int) number)) {
      doubled++;
      return;
    }
    run.seen.set((int) number);
    if (run.size > 0 && number < run.numbers[run.size - 1]) {
      outOfOrder++;
    } else {
      run.add((int) number, position);
    }
  }

  /**
   * A number that was lost after the event {@code after} and at the latest before the event {@code
   * before}.
   *
   * @param orphan whether no server is left that could report it
   */
  record Hole(String stream, int number, int after, int before, boolean orphan) {}

  /** The numbers of one stream in ascending order, with their places. */
  private static final class Run {
    final BitSet seen = new BitSet();
    int[] numbers = new int[16];
    int[] positions = new int[16];
    int size;

    void add(int number, int position) {
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, size * 2);
        positions = Arrays.copyOf(positions, size * 2);
      }
      numbers[size] = number;
      positions[size++] = position;
    }

    /** The index of the first number that is greater. */
    int indexAfter(int number) {
      var index = Arrays.binarySearch(numbers, 0, size, number);
      return index < 0 ? -index - 1 : index + 1;
    }
  }
}
