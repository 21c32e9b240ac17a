package io.lhttp.filters.pubsub;

import io.lhttp.Measure;
import io.lhttp.Measured;
import io.lhttp.message.Message;
import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.History;
import io.lhttp.pubsub.Retention;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.NUID;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries channels among servers over NATS. The payload of a NATS message is the LHTTP message
 * itself, so that any client of NATS can publish to a channel and listen to it; see {@link
 * NatsSettings} for the subjects. What is binary says so in the NATS header {@code Lhttp-Format}.
 *
 * <p>While NATS is out of reach, subscriptions stand and are taken; publications are refused, kept
 * or delivered here alone, as the settings say. Subscribers are told of what core NATS is known to
 * have lost. NATS' threads do no more than hand deliveries over.
 */
public final class NatsBroker implements Broker, Measured {
  private static final Logger log = LoggerFactory.getLogger(NatsBroker.class);

  /** Where NATS tells of what it has stored, these headers say which message it is. */
  private static final String SEQUENCE = "Nats-Sequence";

  /** And which came before it on its subject; 0 where that is forgotten. */
  private static final String SEQUENCE_BEFORE = "Nats-Last-Sequence";

  private final NatsSettings settings;
  private final Subjects subjects;
  private final String id = NUID.nextGlobal();
  private final Numbering numbering = new Numbering(id);
  private final NatsLink link;
  private final Outbox outbox;
  private final Payloads payloads = new Payloads();
  private final Journals journals;

  /** By their subject. */
  private final ConcurrentMap<String, Feed> feeds = new ConcurrentHashMap<>();

  private final AtomicBoolean started = new AtomicBoolean();
  private final LongAdder missed = new LongAdder();
  private volatile @Nullable Deliveries deliveries;

  /** The connection's. Guarded by this. */
  private @Nullable Dispatcher dispatcher;

  /** Whose the dispatcher is. Guarded by this. */
  private @Nullable Connection dispatching;

  /** Without histories. */
  public NatsBroker(NatsSettings settings) {
    this(settings, Map.of());
  }

  /**
   * With histories, kept by JetStream, by a channel's name or the beginning of one and {@code *}:
   * the first that fits decides. All servers have to have the same.
   *
   * @throws IllegalArgumentException where there are histories and no subject prefix
   */
  public NatsBroker(NatsSettings settings, Map<String, Retention> histories) {
    if (settings.subjectPrefix().isEmpty() && !histories.isEmpty()) {
      throw new IllegalArgumentException("a history at NATS needs a subject-prefix");
    }
    this.settings = settings;
    this.subjects = new Subjects(settings.subjectPrefix());
    this.link = new NatsLink(settings, new Watch());
    this.outbox = new Outbox(link, settings, numbering);
    this.journals = new Journals(link, settings, subjects, histories, payloads);
  }

  /**
   * Connects, or goes on trying to where that takes longer than {@link NatsSettings#connectTime}.
   *
   * @throws IllegalArgumentException where files for TLS can't be used
   */
  @Override
  public void start(Deliveries deliveries) {
    if (started.getAndSet(true)) {
      throw new IllegalStateException("a NatsBroker serves one server; this one has another");
    }
    this.deliveries = deliveries;
    journals.start();
    link.start("lhttp-" + id);
    if (link.up() != null) {
      journals.await(settings.connectTime());
    }
  }

  @Override
  public void subscribe(String channel) {
    var journal = journals.of(channel);
    feeds.compute(
        subject(channel, journal),
        (subject, before) -> {
          if (before != null) {
            before.listen();
            return before;
          }
          var mirror =
              journal == null ? null : journals.mirror(journal, channel, new Outgoing());
          var feed = new Feed(channel, subject, mirror);
          feed.listen();
          feed.fill();
          return feed;
        });
  }

  @Override
  public void unsubscribe(String channel) {
    feeds.computeIfPresent(
        subject(channel, journals.of(channel)),
        (subject, feed) -> {
          feed.end();
          feed.forget();
          return null;
        });
  }

  /** Where a channel's publications come from. */
  private String subject(String channel, @Nullable Journal journal) {
    return journal == null ? subjects.of(channel) : journal.live(channel);
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message) {
    var subject = subjects.of(channel);
    if (deliveries == null) {
      throw Journal.away();
    }
    var journal = journals.of(channel);
    if (journal != null) {
      return journal.store(channel, message);
    }
    var sent = outbox.put(channel, subject, message);
    if (settings.localDelivery() || !sent) {
      deliverHere(channel, subject, message);
    }
    return TAKEN;
  }

  @Override
  public void flush() {
    outbox.flush();
  }

  @Override
  public Optional<History> history(String channel) {
    var journal = journals.of(channel);
    return journal == null
        ? Optional.empty()
        : Optional.ofNullable(feeds.get(journal.live(channel))).map(feed -> feed.mirror);
  }

  @Override
  public boolean connected() {
    return link.up() != null && journals.attached();
  }

  @Override
  public List<Measure> measures() {
    var measures = new ArrayList<>(journals.measures());
    measures.addAll(
        List.of(
            Measure.gauge("nats_connected", "1 while NATS is reached.", connected() ? 1 : 0),
            Measure.gauge("nats_subscriptions", "Subscriptions at NATS.", feeds.size()),
            Measure.counter(
                "nats_errors", "How often NATS, or the way to it, has failed.", link.errors()),
            Measure.counter(
                "nats_unsent",
                "Publications that were taken, and that NATS' client then did not take.",
                outbox.unsent()),
            Measure.counter(
                "nats_malformed",
                "What came from NATS and was no LHTTP message.",
                payloads.malformed()),
            Measure.counter(
                "nats_missed",
                "Publications known to be lost on their way to this server.",
                missed.sum())));
    return measures;
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
    deliveries = null;
    outbox.flush();
    journals.close();
    link.close();
  }

  private void deliverHere(String channel, String subject, Message message) {
    var to = deliveries;
    if (to != null && feeds.containsKey(subject)) {
      to.deliver(channel, message);
    }
  }

  /** Where NATS' messages go; null before the first connection. */
  private synchronized @Nullable Dispatcher dispatcher() {
    var connection = link.any();
    if (connection != null && !connection.equals(dispatching)) {
      dispatching = connection;
      dispatcher = connection.createDispatcher(this::deliver);
      dispatcher.setPendingLimits(NatsLink.PENDING_MESSAGES, settings.bufferBytes() * 8L);
    }
    return dispatcher;
  }

  /** What one handler takes for all channels spares jnats three maps for each. */
  private void deliver(io.nats.client.Message nats) {
    var feed = feeds.get(nats.getSubscription().getSubject());
    if (feed != null) {
      feed.take(nats);
    }
  }

  /** Whoever subscribed while there was no connection may have been overlooked. */
  private void connectedAgain() {
    for (var each : feeds.keySet()) {
      feeds.computeIfPresent(
          each,
          (subject, feed) -> {
            feed.listenAgain();
            return feed;
          });
    }
    journals.connected();
  }

  private final class Watch implements NatsLink.Watcher {
    @Override
    public void connected() {
      connectedAgain();
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

  /** What mirrors deliver, as long as the broker is open. */
  private final class Outgoing implements Deliveries {
    @Override
    public void deliver(String channel, Message message) {
      var to = deliveries;
      if (to != null) {
        to.deliver(channel, message);
      }
    }

    @Override
    public void deliver(String channel, History.Entry entry) {
      var to = deliveries;
      if (to != null) {
        to.deliver(channel, entry);
      }
    }

    @Override
    public void missed(String channel, long count) {
      var to = deliveries;
      if (to != null) {
        missed.add(count);
        to.missed(channel, count);
      }
    }
  }

  /** One channel's subscription at NATS. Changed under the lock of its entry in the map. */
  private final class Feed {
    private final String channel;
    private final String subject;
    private final Numbering.Counting counting = new Numbering.Counting(System.currentTimeMillis());

    /** Where it listens. */
    private @Nullable Dispatcher at;

    /** Whether the connection was there before and after subscribing. */
    private boolean certain;

    /** Where the channel has a history. */
    private final @Nullable Mirror mirror;

    Feed(String channel, String subject, @Nullable Mirror mirror) {
      this.channel = channel;
      this.subject = subject;
      this.mirror = mirror;
    }

    /** Fetches what was stored before. */
    void fill() {
      if (mirror != null) {
        mirror.refresh();
      }
    }

    void listen() {
      var to = dispatcher();
      if (at != null || to == null) {
        return;
      }
      var up = link.up();
      try {
        at = to.subscribe(subject);
        certain = up != null && up.equals(link.up());
      } catch (IllegalStateException e) {
        log.debug("closed", e);
      }
    }

    void forget() {
      if (mirror != null) {
        journals.end(mirror);
      }
    }

    void listenAgain() {
      if (!certain || !Objects.equals(at, dispatcher())) {
        end();
        listen();
      }
    }

    void end() {
      if (at != null) {
        try {
          at.unsubscribe(subject);
        } catch (IllegalStateException e) {
          log.debug("closed", e);
        }
      }
      at = null;
    }

    void take(io.nats.client.Message nats) {
      var to = deliveries;
      if (to == null) {
        return;
      }
      var headers = nats.hasHeaders() ? nats.getHeaders() : null;
      if (mirror != null) {
        if (headers != null) {
          mirror.live(
              number(headers, SEQUENCE),
              number(headers, SEQUENCE_BEFORE),
              payloads.read(nats.getData(), headers));
        }
        return;
      }
      var number = nats.getReplyTo();
      if (settings.localDelivery() && numbering.ours(number)) {
        return; // sent over a connection that is gone, so NATS takes it for another's
      }
      var missing = counting.missing(number);
      if (missing == Numbering.Counting.LATE) {
        return;
      }
      if (missing > 0) {
        missed.add(missing);
        to.missed(channel, missing);
      }
      var message = payloads.read(nats.getData(), headers);
      if (message != null) {
        to.deliver(channel, message);
      }
    }
  }

  /** A header of NATS' own; 0 where somebody else has sent this. */
  private static long number(Headers headers, String name) {
    try {
      return Long.parseLong(headers.getLast(name));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
