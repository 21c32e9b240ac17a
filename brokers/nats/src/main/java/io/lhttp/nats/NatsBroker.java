package io.lhttp.nats;

import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.ChannelReplica;
import io.lhttp.nats.internal.jetstream.HistoryStream;
import io.lhttp.nats.internal.jetstream.HistoryStreams;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Refusals;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.nats.internal.publish.PublishQueue;
import io.lhttp.nats.internal.publish.SequenceTracker;
import io.lhttp.nats.internal.publish.Subscriptions;
import io.nats.client.NUID;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Carries channels among servers over NATS. The payload of a NATS message is the LHTTP message, so
 * that any client of NATS can take part; see {@link NatsSettings} for the subjects. All threads may
 * use it.
 *
 * <p>Binary messages have the NATS header {@code Lhttp-Format}.
 *
 * <p>While NATS is out of reach, subscriptions stay and new ones are accepted. The settings decide
 * whether publications are refused, kept, or delivered on this server alone.
 *
 * <p>Subscribers are notified of losses that the broker detects. Threads of NATS only hand
 * deliveries over.
 */
public final class NatsBroker implements Broker, MetricSource {
  /** The header of a notification that names the stream of the stored message. */
  private static final String STREAM = "Nats-Stream";

  /** The header with the sequence of the stored message. */
  private static final String SEQUENCE = "Nats-Sequence";

  /** The header with the sequence of the message before it on its subject; 0 for none. */
  private static final String SEQUENCE_BEFORE = "Nats-Last-Sequence";

  /** Fifteen digits: more than any stream has. */
  private static final Pattern SEQUENCE_FORM = Pattern.compile("[0-9]{1,15}");

  private final NatsSettings settings;
  private final Subjects subjects;
  private final String id = NUID.nextGlobal();
  private final SequenceTracker sequences = new SequenceTracker(id);
  private final NatsLink link;
  private final PublishQueue queue;
  private final Payloads payloads = new Payloads();
  private final HistoryStreams histories;
  private final Subscriptions subscriptions;
  private final AtomicBoolean started = new AtomicBoolean();
  private final LongAdder missed = new LongAdder();
  private volatile boolean open = true;

  /** Creates a broker without histories. */
  public NatsBroker(NatsSettings settings) {
    this(settings, Map.of());
  }

  /**
   * Creates a broker whose histories JetStream stores, by a channel's name or its beginning and
   * {@code *}. The first match decides; all servers must have the same histories.
   *
   * @throws IllegalArgumentException if there are histories and no subject prefix
   */
  public NatsBroker(NatsSettings settings, Map<String, Retention> histories) {
    if (settings.subjectPrefix().isEmpty() && !histories.isEmpty()) {
      throw new IllegalArgumentException("a history at NATS needs a subject-prefix");
    }
    this.settings = settings;
    this.subjects = new Subjects(settings.subjectPrefix());
    this.link = new NatsLink(settings, new Watch());
    this.subscriptions = new Subscriptions(link, settings);
    this.queue = new PublishQueue(link, settings);
    this.histories = new HistoryStreams(link, settings, subjects, histories, payloads);
  }

  /**
   * Connects; after {@link NatsSettings#connectTime} it continues to try in the background.
   *
   * @throws IllegalArgumentException if files for TLS can't be used
   */
  @Override
  public void start() {
    if (started.getAndSet(true)) {
      throw new IllegalStateException("a NatsBroker serves one server; this one has another");
    }
    histories.start();
    link.start("lhttp-" + id);
    if (link.up() != null) {
      histories.await(settings.connectTime());
    }
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber) {
    var stream = histories.of(channel);
    var subject = stream == null ? subjects.of(channel) : stream.live(channel);
    if (stream == null) {
      var feed = new PlainFeed(channel, subject, subscriber);
      subscriptions.begin(feed);
      return feed;
    }
    var replica = histories.replica(stream, channel, new Outgoing(subscriber));
    var feed = new StoredFeed(channel, subject, stream, replica);
    subscriptions.begin(feed);
    replica.refresh(); // fetches the messages that were stored before
    return feed;
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, String scope) {
    var stream = histories.of(channel);
    if (stream != null) {
      return store(stream, channel, message, scope);
    }
    var subject = subjects.of(channel);
    if (subscriptions.to(subject) instanceof PlainFeed feed) {
      return feed.publish(message, scope); // delivers to this server's subscribers as well
    }
    requireOpen();
    queue.put(sequences.run(channel), subject, message);
    return TAKEN;
  }

  private CompletionStage<Void> store(
      HistoryStream stream, String channel, Message message, String scope) {
    requireOpen();
    return stream.store(channel, message, scope);
  }

  private void requireOpen() {
    if (!open) {
      throw Refusals.brokerAway();
    }
  }

  @Override
  public void flush() {
    queue.flush();
  }

  @Override
  public boolean connected() {
    return link.up() != null && histories.attached();
  }

  @Override
  public Optional<String> trouble() {
    if (link.up() == null) {
      return Optional.of("the broker is out of reach: nats");
    }
    return histories.attached()
        ? Optional.empty()
        : Optional.of("NATS keeps no history: JetStream is missing, or a stream; the log says why");
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(histories.metrics());
    metrics.addAll(
        List.of(
            Metric.gauge("nats_connected", "1 while NATS is reached.", connected() ? 1 : 0),
            Metric.gauge("nats_subscriptions", "Subscriptions at NATS.", subscriptions.size()),
            Metric.counter(
                "nats_errors", "Errors of NATS or of the connection to it.", link.errors()),
            Metric.counter(
                "nats_publish_failures",
                "Publications that were accepted and that the NATS client then refused to send.",
                queue.unsent()),
            Metric.counter(
                "nats_malformed",
                "Payloads received from NATS that are no LHTTP message.",
                payloads.malformed()),
            Metric.counter(
                "nats_unsupported_version",
                "Messages ignored because a server of a later version sent them.",
                payloads.newer()),
            Metric.counter(
                "nats_publications_lost",
                "Publications known to be lost on their way to this server.",
                missed.sum())));
    return metrics;
  }

  /** Waits until NATS has handled all requests; for tests. */
  void settle(Duration patience) throws InterruptedException, TimeoutException {
    var connection = link.up();
    if (connection != null) {
      connection.flush(patience);
    }
  }

  @Override
  public void close() {
    open = false;
    queue.flush();
    histories.close();
    link.close();
    histories.disconnected(); // jnats forgets a request that came while it closed
    queue.close();
  }

  private final class Watch implements NatsLink.Watcher {
    @Override
    public void connected() {
      subscriptions.again();
      histories.connected();
      queue.flush(); // publications that were kept
    }

    @Override
    public void disconnected() {
      histories.disconnected();
    }

    @Override
    public void dropped() {
      histories.connected(); // fetches the dropped messages
    }
  }

  /** Passes deliveries of replicas on while the broker is open. */
  private final class Outgoing implements Subscriber {
    private final Subscriber to;

    Outgoing(Subscriber to) {
      this.to = to;
    }

    @Override
    public void deliver(Message message) {
      if (open) {
        to.deliver(message);
      }
    }

    @Override
    public void deliver(History.Entry entry) {
      if (open) {
        to.deliver(entry);
      }
    }

    @Override
    public void missed(long count) {
      if (open) {
        reportMissed(to, count);
      }
    }

    @Override
    public void rewound(long offset) {
      if (open) {
        to.rewound(offset);
      }
    }
  }

  private void reportMissed(Subscriber subscriber, long count) {
    missed.add(count);
    subscriber.missed(count);
  }

  /** The subscription to a channel without a history. jnats' threads bring its messages. */
  private final class PlainFeed extends Subscriptions.Listener implements Feed {
    private final String channel;
    private final Subscriber to;
    private final SequenceTracker.Counting counting =
        new SequenceTracker.Counting(System.currentTimeMillis(), System::nanoTime);

    /** Created by the first publication. */
    private volatile SequenceTracker.@Nullable Run run;

    private volatile boolean over;

    PlainFeed(String channel, String subject, Subscriber to) {
      super(subject);
      this.channel = channel;
      this.to = to;
    }

    @Override
    public CompletionStage<Void> publish(Message message, String scope) {
      if (over) {
        return NatsBroker.this.publish(channel, message, scope); // another feed may be open
      }
      requireOpen();
      var sent = queue.put(run(), subject, message);
      if (settings.localDelivery() || !sent) {
        to.deliver(message);
      }
      return TAKEN;
    }

    @Override
    public void end() {
      subscriptions.end(this);
      over = true;
    }

    private SequenceTracker.Run run() {
      var known = run;
      if (known == null) {
        known = sequences.run(channel);
        run = known;
      }
      return known;
    }

    @Override
    public void take(io.nats.client.Message nats, @Nullable Headers headers) {
      var number = nats.getReplyTo();
      if (settings.localDelivery() && sequences.ours(number)) {
        return; // sent over a former connection: NATS takes it for another server's
      }
      if (over || !open) {
        return;
      }
      var missing = counting.missing(number);
      if (missing == SequenceTracker.Counting.LATE) {
        return;
      }
      if (missing > 0) {
        reportMissed(to, missing);
      }
      var message = payloads.read(nats.getData(), headers);
      if (message != null) {
        to.deliver(message);
      }
    }
  }

  /** The subscription to a channel with a history. jnats' threads bring its notifications. */
  private final class StoredFeed extends Subscriptions.Listener implements Feed {
    private final String channel;
    private final HistoryStream stream;
    private final ChannelReplica replica;

    StoredFeed(String channel, String subject, HistoryStream stream, ChannelReplica replica) {
      super(subject);
      this.channel = channel;
      this.stream = stream;
      this.replica = replica;
    }

    @Override
    public CompletionStage<Void> publish(Message message, String scope) {
      return store(stream, channel, message, scope);
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
    public void take(io.nats.client.Message nats, @Nullable Headers headers) {
      if (headers != null && stream.stream().equals(headers.getLast(STREAM))) {
        replica.live(
            number(headers, SEQUENCE),
            number(headers, SEQUENCE_BEFORE),
            payloads.read(nats.getData(), headers));
      }
    }
  }

  /** The number in a header of JetStream; 0 if it is missing or malformed. */
  private static long number(Headers headers, String name) {
    var text = headers.getLast(name);
    return text != null && SEQUENCE_FORM.matcher(text).matches() ? Long.parseLong(text) : 0;
  }
}
