package io.lhttp.nats.internal.publish;

import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import io.nats.client.impl.Headers;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Publishes and subscribes to channels without a history, over core NATS. Each publication gets a
 * number, so that receivers detect losses. {@link io.lhttp.nats.NatsBroker} owns it. Safe for all
 * threads; no method blocks.
 */
public final class CoreChannels {
  private final NatsSettings settings;
  private final Subjects subjects;
  private final Subscriptions subscriptions;
  private final Payloads payloads;
  private final DeliveryGate gate;
  private final SequenceTracker sequences;
  private final PublishQueue queue;

  /**
   * @param server this server's name, unique among all servers and their restarts, without a dot or
   *     colon
   */
  public CoreChannels(
      String server,
      NatsLink link,
      NatsSettings settings,
      Subjects subjects,
      Subscriptions subscriptions,
      Payloads payloads,
      DeliveryGate gate) {
    this.settings = settings;
    this.subjects = subjects;
    this.subscriptions = subscriptions;
    this.payloads = payloads;
    this.gate = gate;
    this.sequences = new SequenceTracker(server);
    this.queue = new PublishQueue(link, settings);
  }

  /** See {@link Broker#subscribe}. */
  public Broker.Feed subscribe(String channel, Broker.Subscriber subscriber) {
    var feed = new CoreFeed(channel, subjects.of(channel), subscriber);
    subscriptions.begin(feed);
    return feed;
  }

  /**
   * Publishes a message. If the settings say so, this server's subscribers get it at once. The
   * message is sent to NATS with the next {@link #flush}.
   *
   * @throws RefusedException 503 if NATS is out of reach or the buffer is full, 413 if the message
   *     is too large, 400 if the channel's name can't be a subject
   */
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    var subject = subjects.of(channel);
    if (subscriptions.find(subject) instanceof CoreFeed feed) {
      return feed.publish(message, by);
    }
    gate.requireOpen();
    queue.put(sequences.of(channel), subject, message, by);
    return Broker.TAKEN;
  }

  /** See {@link PublishQueue#acceptsWhileAway}. */
  public boolean acceptsWhileAway() {
    return queue.acceptsWhileAway();
  }

  /** See {@link PublishQueue#flush}. */
  public void flush() {
    queue.flush();
  }

  /** See {@link PublishQueue#close}. */
  public void close() {
    queue.close();
  }

  /** See {@link PublishQueue#unsent}. */
  public long unsent() {
    return queue.unsent();
  }

  /** This server's subscription to one channel. Threads of jnats bring its messages. */
  private final class CoreFeed extends Subscriptions.Listener implements Broker.Feed {
    private final String channel;
    private final Broker.Subscriber to;
    private final GapDetector gaps = new GapDetector(System.currentTimeMillis(), System::nanoTime);

    /** The sequence of numbers for this channel; null before the first publication. */
    private volatile SequenceTracker.@Nullable Sequence sequence;

    private volatile boolean ended;

    CoreFeed(String channel, String subject, Broker.Subscriber to) {
      super(subject);
      this.channel = channel;
      this.to = to;
    }

    @Override
    public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
      if (ended) {
        return CoreChannels.this.publish(
            channel, message, by); // another subscription of this server to the channel may be open
      }
      gate.requireOpen();
      var sent = queue.put(sequence(), subject, message, by);
      if (settings.localDelivery() || !sent) {
        to.deliver(message);
      }
      return Broker.TAKEN;
    }

    @Override
    public void end() {
      subscriptions.end(this);
      ended = true;
    }

    private SequenceTracker.Sequence sequence() {
      var known = sequence;
      if (known == null) {
        known = sequences.of(channel);
        sequence = known;
      }
      return known;
    }

    @Override
    public void receive(io.nats.client.Message nats, @Nullable Headers headers) {
      var number = nats.getReplyTo();
      if (settings.localDelivery() && sequences.isOurs(number)) {
        // this server has sent the message over an earlier connection, and NATS brings it back
        return;
      }
      if (ended || !gate.isOpen()) {
        return;
      }
      var missing = gaps.missing(number);
      if (missing == GapDetector.LATE) {
        return;
      }
      if (missing > 0) {
        gate.reportMissed(to, missing);
      }
      var message = payloads.read(nats.getData(), headers);
      if (message != null) {
        to.deliver(message);
      }
    }
  }
}
