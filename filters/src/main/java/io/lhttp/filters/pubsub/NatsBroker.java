package io.lhttp.filters.pubsub;

import io.lhttp.Measure;
import io.lhttp.Measured;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.filters.pubsub.NatsSettings.WhenAway;
import io.lhttp.message.CodecLimits;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import io.lhttp.message.Utf8;
import io.lhttp.pubsub.Broker;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.MessageHandler;
import io.nats.client.NUID;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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

  private static final String FORMAT = "Lhttp-Format";
  private static final String BINARY = "binary";
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Other servers may have other limits; a publication's size is bounded by NATS. */
  private static final MessageReader READER =
      new MessageReader(new CodecLimits(1_024, 64 * 1024, 1_024));

  private final NatsSettings settings;
  private final Subjects subjects;
  private final String id = NUID.nextGlobal();
  private final Numbering numbering = new Numbering(id);
  private final NatsLink link;
  private final ConcurrentMap<String, Feed> feeds = new ConcurrentHashMap<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private final LongAdder malformed = new LongAdder();
  private final LongAdder missed = new LongAdder();
  private volatile @Nullable Deliveries deliveries;

  /** The connection's. Guarded by this. */
  private @Nullable Dispatcher dispatcher;

  /** Whose the dispatcher is. Guarded by this. */
  private @Nullable Connection dispatching;

  public NatsBroker(NatsSettings settings) {
    this.settings = settings;
    this.subjects = new Subjects(settings.subjectPrefix());
    this.link = new NatsLink(settings, this::connectedAgain);
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
    link.start("lhttp-" + id);
  }

  @Override
  public void subscribe(String channel) {
    var subject = subjects.of(channel);
    feeds.compute(
        channel,
        (c, before) -> {
          var feed = before == null ? new Feed(channel, subject) : before;
          feed.listen();
          return feed;
        });
  }

  @Override
  public void unsubscribe(String channel) {
    feeds.computeIfPresent(
        channel,
        (c, feed) -> {
          feed.end();
          return null;
        });
  }

  @Override
  public void publish(String channel, Message message) {
    var subject = subjects.of(channel);
    if (deliveries == null) {
      throw away();
    }
    var connection = link.up();
    if (connection != null) {
      send(connection, channel, subject, message);
    } else {
      publishWhileAway(channel, subject, message);
    }
    if (settings.localDelivery() || (connection == null && settings.whenAway() == WhenAway.LOCAL)) {
      deliverHere(channel, message);
    }
  }

  @Override
  public boolean connected() {
    return link.up() != null;
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.gauge("nats_connected", "1 while NATS is reached.", connected() ? 1 : 0),
        Measure.gauge("nats_subscriptions", "Subscriptions at NATS.", feeds.size()),
        Measure.counter(
            "nats_errors", "How often NATS, or the way to it, has failed.", link.errors()),
        Measure.counter(
            "nats_malformed",
            "What came from NATS and was no LHTTP message.",
            (double) malformed.sum()),
        Measure.counter(
            "nats_missed",
            "Publications known to be lost on their way to this server.",
            (double) missed.sum()));
  }

  /** Waits until NATS has seen all that was asked of it; for tests. */
  void flush(Duration patience) throws InterruptedException, TimeoutException {
    var connection = link.up();
    if (connection != null) {
      connection.flush(patience);
    }
  }

  @Override
  public void close() {
    deliveries = null;
    link.close();
  }

  private void publishWhileAway(String channel, String subject, Message message) {
    switch (settings.whenAway()) {
      case REFUSE -> throw away();
      case LOCAL -> {
        var run = numbering.run(channel);
        synchronized (run) {
          run.advance(); // others will know that they have missed it
        }
      }
      case BUFFER -> {
        var connection = link.any();
        if (connection == null) {
          throw away();
        }
        send(connection, channel, subject, message);
      }
    }
  }

  private void send(Connection connection, String channel, String subject, Message message) {
    if (!link.takes(connection, message.size() + subject.length())) {
      throw away();
    }
    var payload = message.toBytes();
    var headers = new Headers();
    if (message.format() == Message.Format.BINARY) {
      headers.put(FORMAT, BINARY);
    }
    var run = numbering.run(channel);
    try {
      synchronized (run) { // the order of the numbers is the order of sending
        headers.put(Numbering.HEADER, run.next());
        connection.publish(subject, headers, payload);
        run.advance();
      }
    } catch (IllegalArgumentException e) {
      log.debug("NATS does not take a message", e);
      throw new RefusedException(413, "the message is larger than the broker takes");
    } catch (IllegalStateException e) {
      log.debug("NATS takes nothing", e);
      throw away();
    }
  }

  private void deliverHere(String channel, Message message) {
    var to = deliveries;
    if (to != null && feeds.containsKey(channel)) {
      to.deliver(channel, message);
    }
  }

  private static RefusedException away() {
    return new RefusedException(
        Outcome.refused(503, "the broker is out of reach").retryAfter(PAUSE));
  }

  /** Where NATS' messages go; null before the first connection. */
  private synchronized @Nullable Dispatcher dispatcher() {
    var connection = link.any();
    if (connection != null && !connection.equals(dispatching)) {
      dispatching = connection;
      dispatcher = connection.createDispatcher();
      dispatcher.setPendingLimits(NatsLink.PENDING_MESSAGES, settings.bufferBytes() * 8L);
    }
    return dispatcher;
  }

  /** Whoever subscribed while there was no connection may have been overlooked. */
  private void connectedAgain() {
    for (var channel : feeds.keySet()) {
      feeds.computeIfPresent(
          channel,
          (c, feed) -> {
            feed.listenAgain();
            return feed;
          });
    }
  }

  /** One channel's subscription at NATS. Changed under the lock of its entry in the map. */
  private final class Feed implements MessageHandler {
    private final String channel;
    private final String subject;
    private final Numbering.Counting counting = new Numbering.Counting(System.currentTimeMillis());
    private @Nullable Subscription subscription;

    /** Where the subscription is kept. */
    private @Nullable Dispatcher at;

    /** Whether the connection was there before and after subscribing. */
    private boolean certain;

    Feed(String channel, String subject) {
      this.channel = channel;
      this.subject = subject;
    }

    void listen() {
      var to = dispatcher();
      if (subscription != null || to == null) {
        return;
      }
      var up = link.up();
      try {
        subscription = to.subscribe(subject, this);
        at = to;
        certain = up != null && up.equals(link.up());
      } catch (IllegalStateException e) {
        log.debug("closed", e);
      }
    }

    void listenAgain() {
      if (!certain || !Objects.equals(at, dispatcher())) {
        end();
        listen();
      }
    }

    void end() {
      if (subscription != null && at != null) {
        try {
          at.unsubscribe(subscription);
        } catch (IllegalStateException e) {
          log.debug("closed", e);
        }
      }
      subscription = null;
    }

    @Override
    public void onMessage(io.nats.client.Message nats) {
      var to = deliveries;
      if (to == null) {
        return;
      }
      var headers = nats.hasHeaders() ? nats.getHeaders() : null;
      var missing = headers == null ? 0 : counting.missing(headers.getLast(Numbering.HEADER));
      if (missing > 0) {
        missed.add(missing);
        to.missed(channel, missing);
      }
      var message = read(nats.getData(), headers);
      if (message != null) {
        to.deliver(channel, message);
      }
    }
  }

  private @Nullable Message read(byte[] payload, @Nullable Headers headers) {
    var binary = headers != null && BINARY.equals(headers.getLast(FORMAT));
    if (binary || Utf8.valid(payload, 0, payload.length)) {
      try {
        return READER.read(payload, binary ? Message.Format.BINARY : Message.Format.TEXT);
      } catch (ProtocolException e) {
        log.debug("NATS brought what is no LHTTP message: {}", e.getMessage());
      }
    }
    malformed.increment();
    return null;
  }
}
