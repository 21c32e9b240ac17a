package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;

import io.lhttp.channel.History;
import io.lhttp.channel.Publications;
import io.lhttp.channel.Retention;
import io.lhttp.channel.Window;
import io.lhttp.message.Message;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The newest messages of one channel, each with its position, within the channel's retention.
 * {@link ChannelReplica} owns it, and its lock guards it. All numbers are the stream's sequences.
 *
 * <p>The methods that make or compare positions take the stream's incarnation, which the replica's
 * state has.
 */
final class ReplicaWindow {
  private final String channel;
  private final Window window;

  ReplicaWindow(String channel, Retention retention) {
    this.channel = channel;
    this.window = new Window(retention, System::nanoTime);
  }

  /** The window has each message behind this sequence. */
  long floor() {
    return window.floor();
  }

  /** The estimated size of the messages. */
  int bytes() {
    return window.bytes();
  }

  /** Forgets all messages; the next ones follow this sequence without a gap. */
  void begin(long floor) {
    window.begin(floor);
  }

  /** Forgets the messages that are beyond the retention now. */
  void forget() {
    window.forget();
  }

  /** Returns the sequence behind which the newest {@code count} messages begin. */
  long before(int count) {
    return window.before(count);
  }

  /** Returns the messages behind a sequence, oldest first. */
  List<History.Entry> after(long sequence, int max) {
    return window.after(sequence, max);
  }

  /**
   * Adds the newest message.
   *
   * @param millis the time of storing in milliseconds of the epoch, or {@link
   *     ReplicaEffect.Enter#NOW}
   * @return the message as subscribers get it
   */
  History.Entry enter(StreamIncarnation incarnation, long sequence, long millis, Message message) {
    var kept = kept(incarnation, sequence, time(millis), message);
    window.add(kept);
    return kept.entry();
  }

  /**
   * Adds fetched messages before all others.
   *
   * @param upTo fetched messages behind this sequence are left out
   * @param floor the fetched messages are all behind this sequence
   */
  void prepend(StreamIncarnation incarnation, List<Fetch.Stored> fetched, long upTo, long floor) {
    var older =
        fetched.stream()
            .filter(stored -> stored.sequence() <= upTo && stored.message() != null)
            .map(stored ->
                kept(
                    incarnation,
                    stored.sequence(),
                    time(stored.millis()),
                    requireNonNull(stored.message())))
            .toList();
    window.prepend(older, floor);
  }

  /** Whether the window has this very message at this sequence. */
  boolean has(StreamIncarnation incarnation, long sequence, @Nullable Message message) {
    var there = window.after(sequence - 1, 1);
    return !there.isEmpty()
        && message != null
        && there.getFirst().equals(kept(incarnation, sequence, 0, message).entry());
  }

  /**
   * Returns the newest sequence at which the window and the fetched messages have the same message;
   * 0 for none.
   *
   * @param upTo sequences behind this one are left out
   */
  long lastCommon(StreamIncarnation incarnation, List<Fetch.Stored> fetched, long upTo) {
    var known = new HashSet<>(window.after(0, Integer.MAX_VALUE));
    for (var stored : fetched.reversed()) {
      if (stored.sequence() <= upTo
          && stored.message() != null
          && known.contains(kept(incarnation, stored.sequence(), 0, stored.message()).entry())) {
        return stored.sequence();
      }
    }
    return 0;
  }

  private Window.Kept kept(
      StreamIncarnation incarnation, long sequence, long time, Message published) {
    var message = Publications.delivery(published, channel, incarnation.position(sequence));
    var entry = new History.Entry(incarnation.offset(sequence), message);
    return new Window.Kept(sequence, entry, time);
  }

  /** Converts a time of storing to the window's clock. */
  private static long time(long millis) {
    if (millis == ReplicaEffect.Enter.NOW) {
      return System.nanoTime();
    }
    var age = Math.max(0, System.currentTimeMillis() - millis);
    return System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
  }
}
