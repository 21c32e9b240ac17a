package io.lhttp.bench.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * The events that one subscriber has seen on one channel, in order. One thread at a time writes it;
 * others read its length.
 */
final class Journal {
  /** An event that a subscriber has seen. */
  sealed interface Event {}

  /** A publication was delivered. */
  record Delivered(String stream, long number) implements Event {}

  /** The server reported a number of losses before the next delivery. */
  record Missed(long count) implements Event {}

  /**
   * The subscriber's connection was lost and its missed messages did not come back, or the journal
   * begins. A subscriber that sees this knows that messages may be missing.
   *
   * @param from when the connection was lost, in {@link System#nanoTime}
   * @param to when the subscription existed (again)
   */
  record Gap(long from, long to) implements Event {}

  private final String subscriber;
  private final String channel;
  private final List<Event> events = new ArrayList<>();

  Journal(String subscriber, String channel) {
    this.subscriber = subscriber;
    this.channel = channel;
  }

  String subscriber() {
    return subscriber;
  }

  String channel() {
    return channel;
  }

  synchronized void add(Event event) {
    events.add(event);
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** Whether this publication is among the latest ones. */
  synchronized boolean endsWith(Delivered last) {
    for (var i = events.size() - 1; i >= Math.max(0, events.size() - 10_000); i--) {
      if (events.get(i).equals(last)) {
        return true;
      }
    }
    return false;
  }
}
