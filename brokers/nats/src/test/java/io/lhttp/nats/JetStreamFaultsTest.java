package io.lhttp.nats;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Retention;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that retry and recover receive each message once and in order while servers, network and
 * NATS fail.
 */
class JetStreamFaultsTest {
  private static final Map<String, Retention> HISTORIES =
      Map.of("log", new Retention(50_000, Duration.ofMinutes(10), 32 << 20));

  /** Rounds of five faults each; {@code -Dfaults.rounds=N} runs more. */
  private static final int ROUNDS = Integer.getInteger("faults.rounds", 1);

  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private volatile boolean publishing = true;
  private volatile boolean listening = true;
  private volatile boolean giveUp;

  @AfterEach
  void closeAll() throws Exception {
    publishing = false;
    listening = false;
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void faults_loseRepeatAndReorderNothing() throws Exception {
    var nats = NatsServer.start(folder, "-js");
    open.add(nats);
    var relay = new Relay(nats.port());
    open.add(relay);
    var steady = new Node(nats.uri());
    var shaken = new Node(relay.uri());
    open.add(steady);
    open.add(shaken);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        var subscribers = List.of(new Subscriber(steady::uri), new Subscriber(shaken::uri));
        subscribers.forEach(threads::execute);
        for (var subscriber : subscribers) {
          Eventually.holds("there", () -> subscriber.position != null);
        }
        var publishers =
            List.of(
                new Publisher("0", steady::uri),
                new Publisher("1", shaken::uri),
                new Publisher("2", shaken::uri));
        publishers.forEach(threads::execute);

        for (var round = 0; round < ROUNDS; round++) {
          progress(publishers);
          relay.cut();
          progress(publishers.subList(0, 1));
          relay.mend();
          progress(publishers);
          relay.stall();
          progress(publishers.subList(0, 1));
          relay.mend();
          progress(publishers);
          nats.kill();
          nats.restart();
          progress(publishers);
          shaken.restart();
          progress(publishers);
        }
        publishing = false;

        for (var publisher : publishers) {
          Eventually.holds("its last is acknowledged", () -> publisher.over);
          for (var subscriber : subscribers) {
            Eventually.holds(
                "all has come",
                () ->
                    !subscriber.wrong.isEmpty()
                        || subscriber.next(publisher.name).get() == publisher.acknowledged.get());
          }
        }
        listening = false;
        assertThat(subscribers).allSatisfy(s -> assertThat(s.wrong).isEmpty());
        assertThat(publishers).allSatisfy(p -> assertThat(p.acknowledged.get()).isPositive());
        steady.server.publish("log", Message.of("end", ""));
      } finally {
        endAll();
      }
    }
  }

  /** Ends all publishers and subscribers, also after a failure. */
  private void endAll() {
    publishing = false;
    listening = false;
    giveUp = true;
  }

  /** Returns once each publisher has made progress, so that the fault has had its effect. */
  private static void progress(List<Publisher> publishers) {
    for (var publisher : publishers) {
      var before = publisher.acknowledged.get();
      Eventually.holds(
          "publisher " + publisher.name + " gets on",
          () -> publisher.acknowledged.get() > before + 20);
    }
  }

  /** A server of the test, which can be stopped and started again. */
  private static final class Node implements AutoCloseable {
    private final URI nats;
    private NatsBroker broker;
    private LhttpServer server;
    private volatile URI uri;

    Node(URI nats) throws Exception {
      this.nats = nats;
      broker = broker(nats);
      server = server(broker);
      uri = server.uri();
    }

    URI uri() {
      return uri;
    }

    void restart() throws Exception {
      close();
      broker = broker(nats);
      server = server(broker);
      uri = server.uri();
    }

    @Override
    public void close() {
      server.close();
      broker.close();
    }

    private static NatsBroker broker(URI nats) {
      return new NatsBroker(
          TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true, 1 << 20), HISTORIES);
    }

    private static LhttpServer server(NatsBroker broker) throws Exception {
      return LhttpServer.builder()
          .host("127.0.0.1")
          .port(0)
          .eventLoops(1)
          .broker(broker)
          .filter("pubsub", new PubSubFilter())
          .start();
    }
  }

  /** Publishes ascending numbers. It repeats each one until the server has acknowledged it. */
  private final class Publisher implements Runnable {
    final String name;
    final AtomicInteger acknowledged = new AtomicInteger();
    volatile boolean over;
    private final Supplier<URI> uri;

    Publisher(String name, Supplier<URI> uri) {
      this.name = name;
      this.uri = uri;
    }

    @Override
    public void run() {
      var begun = false;
      while ((publishing || begun) && !giveUp) {
        try (var client = TestClient.connect(uri.get())) {
          while ((publishing || begun) && !giveUp) {
            begun = true;
            var number = acknowledged.get();
            var answer =
                client.request(
                    Message.builder("log")
                        .header("publish", "log")
                        .header("from", name)
                        .header("message-id", name + "/" + number)
                        .header("presence-session", "publisher-" + name)
                        .header("ack", "true")
                        .body(Integer.toString(number))
                        .build());
            if (answer.header("status").equals(Optional.of("200"))) {
              acknowledged.incrementAndGet();
              begun = false;
              LockSupport.parkNanos(1_000_000);
            } else {
              LockSupport.parkNanos(50_000_000);
            }
          }
        } catch (AssertionError e) {
          LockSupport.parkNanos(20_000_000); // this client was disconnected
        }
      }
      over = true;
    }
  }

  /** Subscribes again with its last position whenever it was disconnected. */
  private final class Subscriber implements Runnable {
    final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Supplier<URI> uri;
    private final Map<String, AtomicInteger> next =
        Map.of("0", new AtomicInteger(), "1", new AtomicInteger(), "2", new AtomicInteger());
    private volatile @Nullable String position;

    Subscriber(Supplier<URI> uri) {
      this.uri = uri;
    }

    AtomicInteger next(String publisher) {
      return requireNonNull(next.get(publisher), publisher);
    }

    @Override
    public void run() {
      while (listening) {
        try (var client = TestClient.connect(uri.get())) {
          listen(client);
        } catch (AssertionError e) {
          LockSupport.parkNanos(20_000_000); // this client was disconnected
        }
      }
    }

    private void listen(TestClient client) {
      var since = position == null ? "now" : position;
      var reply =
          client.request(
              Message.builder("join").header("subscribe", "log").header("since", since).build());
      if (reply.headers().has("status")) {
        return; // the server can't read the history now
      }
      if (reply.header("recovered").equals(Optional.of("false"))) {
        wrong.add("not recovered since " + since);
      }
      position = reply.header("position").orElseThrow();
      while (listening) {
        var message = client.receive();
        if (message.command().equals("end")) {
          return;
        }
        var expected = next(message.header("from").orElseThrow());
        if (!message.body().equals(Integer.toString(expected.get()))) {
          wrong.add("expected " + expected + ", got " + message.body());
        }
        if (message.headers().has("missed")) {
          wrong.add("missed " + message.header("missed"));
        }
        position = message.header("position").orElseThrow();
        expected.incrementAndGet();
      }
    }
  }
}
