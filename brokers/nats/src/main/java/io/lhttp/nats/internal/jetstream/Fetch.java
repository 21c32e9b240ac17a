package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.link.Payloads;
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
 * Reads what a {@link HistoryStream} has stored of one channel; blocks. What is removed meanwhile is the
 * oldest, always: hence what was the oldest afterwards, and all behind it, was read without a hole.
 */
final class Fetch {
  /** Messages that are asked for at a time. */
  private static final int BATCH = 200;

  private static final Duration BATCH_TIME = Duration.ofSeconds(2);

  /** How long NATS keeps a consumer that nobody asks any more. */
  private static final Duration FORGOTTEN = Duration.ofSeconds(30);

  /** What a message costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private static final int NO_MESSAGE = 10_037;

  private final HistoryStream journal;
  private final Payloads payloads;
  private final Connection connection;
  private final JetStreamManagement management;
  private final String subject;

  Fetch(HistoryStream journal, Payloads payloads, Connection connection, String channel)
      throws IOException {
    this.journal = journal;
    this.payloads = payloads;
    this.connection = connection;
    this.management = journal.management(connection);
    this.subject = journal.subject(channel);
  }

  /**
   * What was stored.
   *
   * @param message null where it is no LHTTP message
   */
  record Stored(long sequence, long millis, @Nullable Message message) {}

  /**
   * What came behind a place.
   *
   * @param messages oldest first
   * @param asOf everything up to this sequence is known now
   * @param whole whether {@code messages} is all that came behind the place
   * @param floor behind which {@code messages} is all that ever came
   */
  record Stretch(StreamIncarnation incarnation, List<Stored> messages, long asOf, boolean whole, long floor) {}

  /** Reads what came behind a place. */
  Stretch after(ChannelReplica.Place place)
      throws IOException, JetStreamApiException, InterruptedException {
    var incarnation = journal.incarnation();
    // NATS takes this request behind the subscription, which went the same way: what is stored from
    // here on is told of, too. Not a flush, as jnats breaks off where three are under way.
    var info = journal.look(management, StreamInfoOptions.builder().build());
    if (incarnation == null) {
      throw new IOException("the stream was not found yet");
    }
    var known = place.in(incarnation).newest();
    var last = sequence(last());
    var upTo = Math.max(HistoryStream.lastOf(info), last);
    if (last == known && known > 0) {
      return new Stretch(incarnation, List.of(), upTo, true, known);
    }
    var read = new Reading(journal.retention());
    if (last > known) {
      read(known + 1, last, read);
    }
    var oldest = sequence(first());
    var after =
        journal.look(management, StreamInfoOptions.builder().filterSubjects(subject).build());
    var state = after.getStreamState();
    var count =
        state.getSubjects().stream()
            .filter(s -> s.getName().equals(subject))
            .mapToLong(s -> s.getCount())
            .sum();
    // Less than may be kept of this channel: then its messages were removed with all others that
    // were as old, if at all.
    var floor = oldest > 0 ? oldest - 1 : upTo;
    if (count < after.getConfiguration().getMaxMsgsPerSubject()) {
      floor = Math.min(floor, Math.max(state.getFirstSequence() - 1, StreamIncarnation.of(after).wholeFrom()));
    }
    read.dropUpTo(floor);
    floor = Math.max(Math.max(floor, read.dropped), 0);
    return new Stretch(incarnation, List.copyOf(read.messages), upTo, floor <= place.in(incarnation).knownUpTo(), floor);
  }

  private void read(long from, long to, Reading into)
      throws IOException, JetStreamApiException, InterruptedException {
    var consumer =
        ConsumerConfiguration.builder()
            .deliverPolicy(DeliverPolicy.ByStartSequence)
            .startSequence(from)
            .filterSubject(subject)
            .ackPolicy(AckPolicy.None)
            .memStorage(true)
            .inactiveThreshold(FORGOTTEN)
            .build();
    var subscription =
        connection
            .jetStream()
            .subscribe(
                subject,
                PullSubscribeOptions.builder().stream(journal.stream())
                    .configuration(consumer)
                    .build());
    try {
      var at = from - 1;
      var pending = subscription.getConsumerInfo().getNumPending();
      while (at < to) {
        var batch = subscription.fetch(Math.clamp(pending, 1, BATCH), BATCH_TIME);
        if (batch.isEmpty()) {
          if (sequence(last()) <= at) {
            return; // all that was left has been removed
          }
          throw new IOException("the consumer is lost"); // a restart of NATS forgets it
        }
        for (var message : batch) {
          var place = message.metaData();
          at = place.streamSequence();
          pending = place.pendingCount();
          into.add(
              new Stored(
                  at,
                  place.timestamp().toInstant().toEpochMilli(),
                  payloads.read(message.getData(), message.getHeaders())));
        }
      }
    } finally {
      end(subscription);
    }
  }

  private void end(JetStreamSubscription subscription) throws IOException, JetStreamApiException {
    var name = subscription.getConsumerName();
    subscription.unsubscribe();
    management.deleteConsumer(journal.stream(), name);
  }

  private @Nullable MessageInfo last() throws IOException, JetStreamApiException {
    try {
      return management.getLastMessage(journal.stream(), subject);
    } catch (JetStreamApiException e) {
      return none(e);
    }
  }

  private @Nullable MessageInfo first() throws IOException, JetStreamApiException {
    try {
      return management.getNextMessage(journal.stream(), 1, subject);
    } catch (JetStreamApiException e) {
      return none(e);
    }
  }

  private static @Nullable MessageInfo none(JetStreamApiException e) throws JetStreamApiException {
    if (e.getApiErrorCode() != NO_MESSAGE) {
      throw e;
    }
    return null;
  }

  private static long sequence(@Nullable MessageInfo message) {
    return message == null ? 0 : message.getSeq();
  }

  /** What was read, no more than is to be remembered. */
  private static final class Reading {
    private final Retention retention;
    private final ArrayDeque<Stored> messages = new ArrayDeque<>();
    private long bytes;
    private long dropped;

    Reading(Retention retention) {
      this.retention = retention;
    }

    void add(Stored stored) {
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
