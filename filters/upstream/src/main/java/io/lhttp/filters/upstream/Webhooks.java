package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.AttributeKey;
import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.filters.occupancy.OccupancyEvent;
import io.lhttp.filters.occupancy.OccupancyListener;
import io.lhttp.filters.upstream.EventsOptions.Event;
import io.lhttp.outgoing.ClientShares;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to a backend: the events of one connection in order, those of different
 * connections and channels concurrently. The filter owns it; all threads may use it.
 */
final class Webhooks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventsFilter.class);

  /**
   * The queue is an attribute of the connection, so that the order of events survives a reload of
   * the chain. Two filters with different backends have queues of their own.
   */
  private final AttributeKey<EventQueue> queue;

  private final EventsOptions.Delivery options;
  private final HttpUrl url;
  private final OkHttpClient client;
  private final Identity identity;
  private final InstantSource clock;
  private final boolean atOnce;
  private final Semaphore places;
  private final QuietLog quiet = new QuietLog();
  private final LongAdder delivered = new LongAdder();
  private final LongAdder repeated = new LongAdder();
  private final LongAdder givenUp = new LongAdder();

  /** The events that are neither delivered nor dropped, by client. */
  private final ClientShares pending;

  /** Guarded by this object's lock. */
  private boolean closed;

  /**
   * @param atOnce whether the thread that reports an event also delivers it, with a single attempt
   */
  Webhooks(EventsOptions options, HttpClients http, InstantSource clock, boolean atOnce) {
    this.atOnce = atOnce;
    this.options = options.delivery().orElse(EventsOptions.Delivery.DEFAULT);
    this.url = options.to().url().orElseThrow();
    this.client =
        http.client(
            new AddressPolicy(Set.copyOf(options.addresses())).with(options.to().host()),
            this.options.connectTimeout());
    this.queue = AttributeKey.of("lhttp.events.queue." + url, EventQueue.class);
    this.identity = new Identity(options.secret(), clock);
    this.clock = clock;
    this.places = new Semaphore(this.options.concurrency(), true);
    this.pending = new ClientShares(this.options.queue());
  }

  /** Queues the event that the connection was opened, unless its backend has got it. */
  void open(Connection connection) {
    if (connection.attributes().get(queue, EventQueue::new).opens()) {
      send(Event.OPEN, connection, List.of());
    }
  }

  /**
   * Queues an event and returns at once. If the queue is full, or full of this client's events, the
   * event is dropped.
   */
  void send(Event event, Connection connection, List<String> channels) {
    var events = connection.attributes().get(queue, EventQueue::new);
    var client = ClientKey.of(connection);
    events.add(sequence -> {
      var webhook = Webhook.of(event, connection, sequence, clock.instant(), channels);
      if (admit(client)) {
        if (atOnce) {
          var unused = deliver(webhook, client);
          return null;
        }
        return () -> {
          var unused = deliver(webhook, client);
        };
      }
      giveUp(webhook, pending.full() ? "the queue is full" : "too many events of the client wait");
      return null;
    });
  }

  /** Queues the event that the connection has a user, unless its backend has got it. */
  void authenticated(Connection connection) {
    if (connection.attributes().get(queue, EventQueue::new).names(connection.principal().name())) {
      send(Event.AUTHENTICATED, connection, List.of());
    }
  }

  /**
   * Delivers an event of a channel, and returns at once. The caller sends one event of a channel at
   * a time, and repeats those that are not taken.
   */
  void send(OccupancyEvent event, OccupancyListener.End end) {
    var webhook = Webhook.of(event);
    if (!admit(null)) {
      giveUp(webhook, "the queue is full");
      end.reported(false);
    } else if (atOnce) {
      end.reported(deliver(webhook, null));
    } else {
      Thread.ofVirtual()
          .name("lhttp-events")
          .start(() -> {
            var taken = false;
            try {
              taken = deliver(webhook, null);
            } finally {
              end.reported(taken);
            }
          });
    }
  }

  List<Metric> metrics() {
    return List.of(
        Metric.counter("events_delivered", "Events delivered", (double) delivered.sum()),
        Metric.counter(
            "events_retries", "Repeated attempts to deliver an event", (double) repeated.sum()),
        Metric.counter(
            "events_failed",
            "Events given up before they were delivered; an event of a channel is sent again later",
            (double) givenUp.sum()),
        Metric.gauge("events_waiting", "Events that wait to be delivered", pending.taken()));
  }

  @Override
  public synchronized void close() {
    var end = System.nanoTime() + options.farewell().toNanos();
    try {
      for (var left = end - System.nanoTime();
          pending.taken() > 0 && left > 0;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    notifyAll();
  }

  private synchronized boolean admit(@Nullable ClientKey client) {
    return !closed && pending.take(client);
  }

  private synchronized void done(@Nullable ClientKey client) {
    pending.giveBack(client);
    notifyAll();
  }

  /**
   * Delivers an event that was admitted. Returns whether the backend has taken it, or has refused
   * it for good.
   */
  private boolean deliver(Webhook webhook, @Nullable ClientKey client) {
    var delivery = "";
    var answered = false;
    try {
      var failure = attempts(webhook);
      delivery = failure.reason;
      answered = failure.answered;
    } catch (InterruptedException e) {
      delivery = "interrupted";
    } catch (RuntimeException | Error e) {
      delivery = QuietLog.describe(e);
    } finally {
      if (delivery.isEmpty()) {
        delivered.increment();
      } else {
        giveUp(webhook, delivery);
      }
      done(client);
    }
    return answered;
  }

  /** Tries to deliver the event. Returns the result of the last attempt. */
  private Failure attempts(Webhook webhook) throws InterruptedException {
    var pause = options.pause();
    for (var attempt = 1; ; attempt++) {
      var failure = attempt(webhook);
      if (failure.last
          || atOnce
          || attempt == options.attempts()
          || Thread.currentThread().isInterrupted()) {
        return failure;
      }
      repeated.increment();
      if (!waitAfterFailure(pause)) {
        return Failure.of(failure.reason + ", and the server stops");
      }
      var longer = pause.multipliedBy(2);
      pause = longer.compareTo(options.longestPause()) > 0 ? options.longestPause() : longer;
    }
  }

  /**
   * Waits for between half the pause and the pause, so that events of many connections are not
   * repeated all at once. Returns false if the filter was closed.
   */
  private synchronized boolean waitAfterFailure(Duration pause) throws InterruptedException {
    var nanos = pause.toNanos();
    var end = System.nanoTime() + nanos / 2 + ThreadLocalRandom.current().nextLong(nanos / 2 + 1);
    for (var left = end - System.nanoTime(); !closed && left > 0; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return !closed;
  }

  /**
   * The result of an attempt.
   *
   * @param reason empty if the attempt succeeded
   * @param last whether a further attempt would have the same result
   * @param answered whether the backend has taken the event, or refused it for good
   */
  private record Failure(String reason, boolean last, boolean answered) {
    static final Failure NONE = new Failure("", true, true);

    static Failure of(String reason) {
      return new Failure(reason, false, false);
    }

    static Failure answer(int status) {
      var last = status < 500 && status != 408 && status != 425 && status != 429;
      return new Failure("answered with " + status, last, last);
    }
  }

  private Failure attempt(Webhook webhook) throws InterruptedException {
    places.acquire();
    try {
      var call = client.newCall(request(webhook));
      call.timeout().timeout(options.timeout().toNanos(), TimeUnit.NANOSECONDS);
      try (var response = call.execute()) {
        return response.isSuccessful() ? Failure.NONE : Failure.answer(response.code());
      }
    } catch (ForbiddenAddressException e) {
      return new Failure(QuietLog.describe(e), true, false);
    } catch (IOException e) {
      return Failure.of(QuietLog.describe(e));
    } finally {
      places.release();
    }
  }

  private Request request(Webhook webhook) {
    var body = webhook.json().getBytes(UTF_8);
    var headers =
        new Headers.Builder()
            .add("user-agent", "lhttp")
            .add("content-type", "application/json")
            .add("lhttp-event", webhook.name());
    webhook
        .sequence()
        .ifPresent(sequence -> headers.add("lhttp-sequence", Long.toString(sequence)));
    identity.add(headers, webhook.sender(), HttpMethod.POST, url, ByteBuffer.wrap(body));
    return new Request.Builder()
        .url(url)
        .headers(headers.build())
        .post(RequestBody.create(body))
        .build();
  }

  private void giveUp(Webhook webhook, String reason) {
    givenUp.increment();
    if (quiet.permits()) {
      log.warn(
          "event not delivered event={} of={} sequence={} reason={} unlogged={}",
          webhook.name(),
          webhook.about(),
          webhook.sequence().orElse(0),
          reason,
          quiet.unlogged());
    }
  }
}
