package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.ResetMark;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamInfoOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stored messages of one channel from a {@link HistoryStream}. A stream removes only its
 * oldest messages. So after a fetch, no message is missing between the stream's oldest message and
 * its end.
 *
 * <p>A virtual thread of {@link ReplicaFetcher} creates it for one round; its methods block.
 */
final class Fetch {
  /** The most messages in one request. */
  private static final int BATCH = 200;

  private static final Duration BATCH_TIME = Duration.ofSeconds(2);

  /** The time after which NATS removes an unused consumer. */
  private static final Duration INACTIVE = Duration.ofSeconds(30);

  /** The estimated memory of a message in bytes, beyond the message's own bytes. */
  private static final int OVERHEAD = 256;

  private static final int NO_MESSAGE = 10_037;

  private final HistoryStream stream;
  private final Payloads payloads;
  private final Connection connection;
  private final JetStreamManagement management;
  private final String subject;

  Fetch(HistoryStream stream, Payloads payloads, Connection connection, String channel)
      throws IOException {
    this.stream = stream;
    this.payloads = payloads;
    this.connection = connection;
    this.management = stream.management(connection);
    this.subject = stream.subject(channel);
  }

  /**
   * The replica's knowledge of the stream before a fetch.
   *
   * @param incarnation the known stream; null if none is known yet
   * @param newest the sequence of the newest known message; 0 for none
   * @param knownUpTo the sequence up to which each message is known
   */
  record Start(@Nullable StreamIncarnation incarnation, long newest, long knownUpTo) {
    /**
     * Returns this start if the stream is still the known one, otherwise the start of a stream of
     * which nothing is known.
     */
    Start in(StreamIncarnation now) {
      return incarnation != null && incarnation.born() == now.born() ? this : new Start(now, 0, 0);
    }
  }

  /**
   * A stored message.
   *
   * @param millis when JetStream stored it, in milliseconds since 1970
   * @param message null if the payload is no LHTTP message
   * @param reset whether the message only marks that the history begins anew after it
   */
  record Stored(long sequence, long millis, @Nullable Message message, boolean reset) {
    Stored(long sequence, long millis, @Nullable Message message) {
      this(sequence, millis, message, false);
    }
  }

  /**
   * The result of a fetch.
   *
   * @param messages the stored messages after the start, oldest first
   * @param readUpTo the stream's last sequence at the time of the fetch
   * @param whole whether {@code messages} are all that were ever stored after the start
   * @param floor {@code messages} are all that were ever stored after this sequence
   * @param reset the sequence of the last mark at which the history begins anew; 0 without one
   */
  record Result(
      StreamIncarnation incarnation,
      List<Stored> messages,
      long readUpTo,
      boolean whole,
      long floor,
      long reset) {
    Result(
        StreamIncarnation incarnation,
        List<Stored> messages,
        long readUpTo,
        boolean whole,
        long floor) {
      this(incarnation, messages, readUpTo, whole, floor, 0);
    }
  }

  /** Reads the stored messages after a start. */
  Result after(Fetch.Start start) throws IOException, JetStreamApiException, InterruptedException {
    var incarnation = stream.incarnation();
    // NATS handles this request after the subscription, because both use one connection. So each
    // message that is stored after this answer brings a notification. A flush would have the same
    // effect, but jnats allows only three at a time.
    var info = stream.checkedInfo(management, StreamInfoOptions.builder().build());
    if (incarnation == null) {
      throw new IOException("the stream was not found yet");
    }
    var known = start.in(incarnation).newest();
    var last = sequence(last());
    var upTo = Math.max(HistoryStream.lastOf(info), last);
    if (last == known && known > 0) {
      return new Result(incarnation, List.of(), upTo, true, known);
    }
    var read = new Messages(stream.retention());
    if (last > known) {
      read(known + 1, last, read);
    }
    var oldest = sequence(first());
    var after =
        stream.checkedInfo(management, StreamInfoOptions.builder().filterSubjects(subject).build());
    var state = after.getStreamState();
    var count =
        state.getSubjects().stream()
            .filter(s -> s.getName().equals(subject))
            .mapToLong(s -> s.getCount())
            .sum();
    // A channel with fewer messages than its limit has lost only messages that the whole stream has
    // lost.
    var floor = oldest > 0 ? oldest - 1 : upTo;
    if (count < after.getConfiguration().getMaxMsgsPerSubject()) {
      floor =
          Math.min(
              floor,
              Math.max(state.getFirstSequence() - 1, StreamIncarnation.of(after).wholeFrom()));
    }
    read.dropUpTo(floor);
    floor = Math.max(Math.max(floor, read.dropped), 0);
    return new Result(
        incarnation,
        List.copyOf(read.messages),
        upTo,
        floor <= start.in(incarnation).knownUpTo(),
        floor,
        read.reset);
  }

  private void read(long from, long to, Messages into)
      throws IOException, JetStreamApiException, InterruptedException {
    var consumer =
        ConsumerConfiguration.builder()
            .deliverPolicy(DeliverPolicy.ByStartSequence)
            .startSequence(from)
            .filterSubject(subject)
            .ackPolicy(AckPolicy.None)
            .memStorage(true)
            .inactiveThreshold(INACTIVE)
            .build();
    var subscription =
        connection
            .jetStream()
            .subscribe(
                subject,
                PullSubscribeOptions.builder().stream(stream.stream())
                    .configuration(consumer)
                    .build());
    try {
      var at = from - 1;
      var pending = subscription.getConsumerInfo().getNumPending();
      while (at < to) {
        var batch = subscription.fetch(Math.clamp(pending, 1, BATCH), BATCH_TIME);
        if (batch.isEmpty()) {
          if (sequence(last()) <= at) {
            return; // the stream has removed the remaining messages in the meantime
          }
          throw new IOException("the consumer is lost"); // NATS loses the consumer when it restarts
        }
        for (var message : batch) {
          var metadata = message.metaData();
          at = metadata.streamSequence();
          pending = metadata.pendingCount();
          var reset = ResetMark.is(message.getHeaders());
          into.add(
              new Stored(
                  at,
                  metadata.timestamp().toInstant().toEpochMilli(),
                  reset ? null : payloads.read(message.getData(), message.getHeaders()),
                  reset));
        }
      }
    } finally {
      end(subscription);
    }
  }

  private void end(JetStreamSubscription subscription) throws IOException, JetStreamApiException {
    var name = subscription.getConsumerName();
    subscription.unsubscribe();
    management.deleteConsumer(stream.stream(), name);
  }

  private @Nullable MessageInfo last() throws IOException, JetStreamApiException {
    try {
      return management.getLastMessage(stream.stream(), subject);
    } catch (JetStreamApiException e) {
      return nullIfNoMessage(e);
    }
  }

  private @Nullable MessageInfo first() throws IOException, JetStreamApiException {
    try {
      return management.getNextMessage(stream.stream(), 1, subject);
    } catch (JetStreamApiException e) {
      return nullIfNoMessage(e);
    }
  }

  private static @Nullable MessageInfo nullIfNoMessage(JetStreamApiException e)
      throws JetStreamApiException {
    if (e.getApiErrorCode() != NO_MESSAGE) {
      throw e;
    }
    return null;
  }

  private static long sequence(@Nullable MessageInfo message) {
    return message == null ? 0 : message.getSeq();
  }

  /** The messages that were read, cut to the channel's retention. */
  private static final class Messages {
    private final Retention retention;
    private final ArrayDeque<Stored> messages = new ArrayDeque<>();
    private long bytes;

    /** The sequence of the last message that exceeded the retention and was dropped; 0 for none. */
    private long dropped;

    /** The sequence of the last mark at which the history begins anew; 0 without one. */
    private long reset;

    Messages(Retention retention) {
      this.retention = retention;
    }

    void add(Stored stored) {
      if (stored.reset()) {
        reset = stored.sequence();
      }
      messages.add(stored);
      bytes += size(stored);
      while (messages.size() > retention.messages() || bytes > retention.bytes()) {
        drop();
      }
    }

    void dropUpTo(long floor) {
      for (var oldest = messages.peek();
          oldest != null && oldest.sequence() <= floor;
          oldest = messages.peek()) {
        drop();
      }
    }

    private void drop() {
      var oldest = messages.remove();
      bytes -= size(oldest);
      dropped = oldest.sequence();
    }

    private static int size(Stored stored) {
      return OVERHEAD + (stored.message() == null ? 0 : stored.message().size());
    }
  }
}
