package io.lhttp.nats;

import io.lhttp.Connection;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.ChannelReplica;
import io.lhttp.nats.internal.jetstream.HistoryStream;
import io.lhttp.nats.internal.jetstream.HistoryStreams;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.ResetMark;
import io.lhttp.nats.internal.publish.DeliveryGate;
import io.lhttp.nats.internal.publish.Subscriptions;
import io.nats.client.impl.Headers;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * This server's subscription to one channel with a history. It passes JetStream's notifications to
 * the channel's replica, and the replica delivers the messages. {@link NatsBroker} creates it, and
 * the server owns it. Threads of jnats bring the notifications; any thread calls the other methods.
 */
final class HistoryFeed extends Subscriptions.Listener implements Broker.Feed {
  /** The header of a notification that names the stream of the stored message. */
  private static final String STREAM = "Nats-Stream";

  /** The header with the sequence of the stored message. */
  private static final String SEQUENCE = "Nats-Sequence";

  /**
   * The header with the sequence of the previous message on the same subject; 0 if there is none.
   */
  private static final String SEQUENCE_BEFORE = "Nats-Last-Sequence";

  /** The form of a sequence: at most fifteen digits, more than any stream reaches. */
  private static final Pattern SEQUENCE_FORM = Pattern.compile("[0-9]{1,15}");

  private final String channel;
  private final HistoryStream stream;
  private final ChannelReplica replica;
  private final HistoryStreams histories;
  private final Subscriptions subscriptions;
  private final Payloads payloads;
  private final DeliveryGate gate;

  HistoryFeed(
      String channel,
      HistoryStream stream,
      ChannelReplica replica,
      HistoryStreams histories,
      Subscriptions subscriptions,
      Payloads payloads,
      DeliveryGate gate) {
    super(stream.live(channel));
    this.channel = channel;
    this.stream = stream;
    this.replica = replica;
    this.histories = histories;
    this.subscriptions = subscriptions;
    this.payloads = payloads;
    this.gate = gate;
  }

  /** Subscribes to the notifications, and then fetches the messages that were stored before. */
  void begin() {
    subscriptions.begin(this);
    replica.refresh();
  }

  @Override
  public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
    gate.requireOpen();
    return stream.store(channel, message, by);
  }

  @Override
  public Optional<History> history() {
    return Optional.of(replica);
  }

  @Override
  public void end() {
    subscriptions.end(this);
    histories.end(replica);
  }

  @Override
  public void receive(io.nats.client.Message nats, @Nullable Headers headers) {
    if (headers != null && stream.stream().equals(headers.getLast(STREAM))) {
      var sequence = number(headers, SEQUENCE);
      var previous = number(headers, SEQUENCE_BEFORE);
      if (ResetMark.is(headers)) {
        replica.reset(sequence, previous);
      } else {
        replica.live(sequence, previous, payloads.read(nats.getData(), headers));
      }
    }
  }

  /** Reads the number in one of JetStream's headers; 0 if the header is missing or malformed. */
  private static long number(Headers headers, String name) {
    var text = headers.getLast(name);
    return text != null && SEQUENCE_FORM.matcher(text).matches() ? Long.parseLong(text) : 0;
  }
}
