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
 * {@link ChannelReplica} owns it, and its lock guards it. All numbers are sequences of the stream.
 *
 * <p>Methods that create or compare positions get the stream's incarnation as a parameter.
 */
final class ReplicaWindow {
  private final String channel;
  private final Window window;

  ReplicaWindow(String channel, Retention retention) {
    this.channel = channel;
    this.window = new Window(retention, System::nanoTime);
  }

  /** The sequence after which the window has each message. */
  long floor() {
    return window.floor();
  }

  /** The estimated bytes of the messages. */
  int bytes() {
    return window.bytes();
  }

  /** Drops all messages. The messages that are added next follow this sequence without a gap. */
  void begin(long floor) {
    window.begin(floor);
  }

  /** Drops the messages that exceed the retention now. */
  void forget() {
    window.forget();
  }

  /** Returns the sequence after which the newest {@code count} messages follow. */
  long before(int count) {
    return window.before(count);
  }

  /** Returns at most {@code max} messages after a sequence, oldest first. */
  List<History.Entry> after(long sequence, int max) {
    return window.after(sequence, max);
  }

  /**
   * Adds the newest message.
   *
   * @param millis when JetStream stored it, in milliseconds since 1970, or {@link
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
   * @param upTo fetched messages after this sequence are left out
   * @param floor the sequence after which the fetched messages are complete
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
   * @param upTo the highest sequence to compare
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

  /** Converts the time when JetStream stored a message to the window's clock. */
  private static long time(long millis) {
    if (millis == ReplicaEffect.Enter.NOW) {
      return System.nanoTime();
    }
    var age = Math.max(0, System.currentTimeMillis() - millis);
    return System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
  }
}
