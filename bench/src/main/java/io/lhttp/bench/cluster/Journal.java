package io.lhttp.bench.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * What one subscriber has seen of one channel, in order. Written by one thread at a time; read by
 * others for its length.
 */
final class Journal {
  /** One thing that a subscriber has seen. */
  sealed interface Event {}

  /** A publication has come. */
  record Delivered(String stream, long number) implements Event {}

  /** The server said that so many publications were left out before the next one. */
  record Missed(long count) implements Event {}

  /**
   * The subscriber's connection was away and what it missed did not come back, or it has just
   * begun: whoever sees this knows that something may be missing.
   *
   * @param from when the connection was away, in {@link System#nanoTime}
   * @param to when the subscription held (again)
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

  /** Whether this publication is among the newest ones. */
  synchronized boolean endsWith(Delivered last) {
    for (var i = events.size() - 1; i >= Math.max(0, events.size() - 10_000); i--) {
      if (events.get(i).equals(last)) {
        return true;
      }
    }
    return false;
  }
}
