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

  /** And which message it is. */
  private static final String SEQUENCE = "Nats-Sequence";

  /** And which came before it on its subject; 0 where that is forgotten. */
  private static final String SEQUENCE_BEFORE = "Nats-Last-Sequence";

  /** No stream ever has more. */
  private static final Pattern SEQUENCE_FORM = Pattern.compile("[0-9]{1,15}");

  private final NatsSettings settings;
  private final Subjects subjects;
  private final String id = NUID.nextGlobal();
  private final SequenceTracker numbering = new SequenceTracker(id);
  private final NatsLink link;
  private final PublishQueue outbox;
  private final Payloads payloads = new Payloads();
  private final HistoryStreams journals;
  private final Subscriptions listening;
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
    this.listening = new Subscriptions(link, settings);
    this.outbox = new PublishQueue(link, settings);
    this.journals = new HistoryStreams(link, settings, subjects, histories, payloads);
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
    journals.start();
    link.start("lhttp-" + id);
    if (link.up() != null) {
      journals.await(settings.connectTime());
    }
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber) {
    var journal = journals.of(channel);
    var subject = journal == null ? subjects.of(channel) : journal.live(channel);
    if (journal == null) {
      var feed = new PlainFeed(channel, subject, subscriber);
      listening.begin(feed);
      return feed;
    }
    var mirror = journals.mirror(journal, channel, new Outgoing(subscriber));
    var feed = new StoredFeed(channel, subject, journal, mirror);
    listening.begin(feed);
    mirror.refresh(); // fetches what was stored before
    return feed;
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, String scope) {
    var journal = journals.of(channel);
    if (journal != null) {
      return store(journal, channel, message, scope);
    }
    var subject = subjects.of(channel);
    if (listening.to(subject) instanceof PlainFeed feed) {
      return feed.publish(message, scope); // this server's own subscribers are served, too
    }
    requireOpen();
    outbox.put(numbering.run(channel), subject, message);
    return TAKEN;
  }

  private CompletionStage<Void> store(
      HistoryStream journal, String channel, Message message, String scope) {
    requireOpen();
    return journal.store(channel, message, scope);
  }

  private void requireOpen() {
    if (!open) {
      throw HistoryStream.away();
    }
  }

  @Override
  public void flush() {
    outbox.flush();
  }

  @Override
  public boolean connected() {
    return link.up() != null && journals.attached();
  }

  @Override
  public Optional<String> trouble() {
    if (link.up() == null) {
      return Optional.of("the broker is out of reach: nats");
    }
    return journals.attached()
        ? Optional.empty()
        : Optional.of("NATS keeps no history: JetStream is missing, or a stream; the log says why");
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(journals.metrics());
    metrics.addAll(
        List.of(
            Metric.gauge("nats_connected", "1 while NATS is reached.", connected() ? 1 : 0),
            Metric.gauge("nats_subscriptions", "Subscriptions at NATS.", listening.size()),
            Metric.counter(
                "nats_errors", "How often NATS, or the way to it, has failed.", link.errors()),
            Metric.counter(
                "nats_unsent",
                "Publications that were taken, and that NATS' client then did not take.",
                outbox.unsent()),
            Metric.counter(
                "nats_malformed",
                "What came from NATS and was no LHTTP message.",
                payloads.malformed()),
            Metric.counter(
                "nats_newer",
                "What servers of a later version have sent, and was left out.",
                payloads.newer()),
            Metric.counter(
                "nats_missed",
                "Publications known to be lost on their way to this server.",
                missed.sum())));
    return metrics;
  }

  /** Waits until NATS has seen all that was asked of it; for tests. */
  void settle(Duration patience) throws InterruptedException, TimeoutException {
    var connection = link.up();
    if (connection != null) {
      connection.flush(patience);
    }
  }

  @Override
  public void close() {
    open = false;
    outbox.flush();
    journals.close();
    link.close();
    journals.disconnected(); // jnats forgets a request that came while it closed
    outbox.close();
  }

  private final class Watch implements NatsLink.Watcher {
    @Override
    public void connected() {
      listening.again();
      journals.connected();
      outbox.flush(); // what was kept
    }

    @Override
    public void disconnected() {
      journals.disconnected();
    }

    @Override
    public void dropped() {
      journals.connected(); // as after a break: what is missing is fetched
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
        tell(to, count);
      }
    }

    @Override
    public void rewound(long offset) {
      if (open) {
        to.rewound(offset);
      }
    }
  }

  private void tell(Subscriber subscriber, long count) {
    missed.add(count);
    subscriber.missed(count);
  }

  /** A channel that nobody remembers. */
  private final class PlainFeed extends Subscriptions.Listener implements Feed {
    private final String channel;
    private final Subscriber to;
    private final SequenceTracker.Counting counting =
        new SequenceTracker.Counting(System.currentTimeMillis(), System::nanoTime);

    /** Made when something is published to it. */
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
        return NatsBroker.this.publish(
            channel, message, scope); // another may have its subscribers now
      }
      requireOpen();
      var sent = outbox.put(run(), subject, message);
      if (settings.localDelivery() || !sent) {
        to.deliver(message);
      }
      return TAKEN;
    }

    @Override
    public void end() {
      listening.end(this);
      over = true;
    }

    private SequenceTracker.Run run() {
      var known = run;
      if (known == null) {
        known = numbering.run(channel);
        run = known;
      }
      return known;
    }

    @Override
    public void take(io.nats.client.Message nats, @Nullable Headers headers) {
      var number = nats.getReplyTo();
      if (settings.localDelivery() && numbering.ours(number)) {
        return; // sent over a connection that is gone, so NATS takes it for another's
      }
      if (over || !open) {
        return;
      }
      var missing = counting.missing(number);
      if (missing == SequenceTracker.Counting.LATE) {
        return;
      }
      if (missing > 0) {
        tell(to, missing);
      }
      var message = payloads.read(nats.getData(), headers);
      if (message != null) {
        to.deliver(message);
      }
    }
  }

  /** A channel with a history. */
  private final class StoredFeed extends Subscriptions.Listener implements Feed {
    private final String channel;
    private final HistoryStream journal;
    private final ChannelReplica mirror;

    StoredFeed(String channel, String subject, HistoryStream journal, ChannelReplica mirror) {
      super(subject);
      this.channel = channel;
      this.journal = journal;
      this.mirror = mirror;
    }

    @Override
    public CompletionStage<Void> publish(Message message, String scope) {
      return store(journal, channel, message, scope);
    }

    @Override
    public Optional<History> history() {
      return Optional.of(mirror);
    }

    @Override
    public void end() {
      listening.end(this);
      journals.end(mirror);
    }

    @Override
    public void take(io.nats.client.Message nats, @Nullable Headers headers) {
      if (headers != null && journal.stream().equals(headers.getLast(STREAM))) {
        mirror.live(
            number(headers, SEQUENCE),
            number(headers, SEQUENCE_BEFORE),
            payloads.read(nats.getData(), headers));
      }
    }
  }

  /** A header of NATS' own; 0 where somebody else has sent this. */
  private static long number(Headers headers, String name) {
    var text = headers.getLast(name);
    return text != null && SEQUENCE_FORM.matcher(text).matches() ? Long.parseLong(text) : 0;
  }
}
