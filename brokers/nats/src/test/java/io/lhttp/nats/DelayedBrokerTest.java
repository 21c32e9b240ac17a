package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients wait for a broker that confirms publications late and fetches its histories late. */
class DelayedBrokerTest {
  private final RefusedException away =
      new RefusedException(Outcome.refused(503, "away").retryAfter(Duration.ofSeconds(7)));

  private final Late broker = new Late();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(broker)
              .filter("pubsub", new PubSubFilter())
              .processor("blocking", new Replying(true))
              .processor("quick", new Replying(false)));

  @AfterEach
  void settle() {
    broker.taking.complete(null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocking", "quick"})
  void publish_isAnsweredOnceStoredBeforeNextMessage(String command) {
    var client = server.connect();
    client.send(publication(command).build());
    client.send(Message.of(command, "next"));
    Eventually.holds("published", () -> broker.published.get() == 1);
    // the sender's own echo does not wait for the broker
    assertThat(client.receive().body()).isEqualTo("seen");
    assertThat(client.idle()).isTrue();

    broker.taking.complete(null);

    assertThat(client.receive().header("status")).contains("200");
    assertThat(client.receive().body()).isEqualTo("seen");
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocking", "quick"})
  void publish_refusedByBroker_answersItsReason(String command) {
    ServerInternals.of(server.server()).chain().countClients();
    var client = server.connect();
    client.send(publication(command).header("id", "5").build());
    Eventually.holds("published", () -> broker.published.get() == 1);

    broker.taking.completeExceptionally(away);

    client.receive();
    var refusal = client.receive();
    assertThat(refusal.header("status")).contains("503");
    assertThat(refusal.header("error")).contains("away");
    assertThat(refusal.header("retry-after")).contains("7");
    assertThat(refusal.header("id")).contains("5");
    Eventually.holds(
        "counted", () -> ServerInternals.of(server.server()).chain().clientCounts().clients() == 1);
    assertThat(ServerInternals.of(server.server()).chain().clientCounts().failed())
        .as("no link threw")
        .isZero();
  }

  @Test
  void publish_brokerThrows_hidesErrorFromClient() {
    var client = server.connect();
    client.send(publication("quick").build());
    Eventually.holds("published", () -> broker.published.get() == 1);

    broker.taking.completeExceptionally(new IllegalStateException("secret"));

    client.receive();
    var refusal = client.receive();
    assertThat(refusal.header("status")).contains("503");
    assertThat(refusal.header("error").orElseThrow()).doesNotContain("secret");
  }

  @Test
  void publish_connectionClosedMeanwhile_leavesNothing() {
    ServerInternals.of(server.server()).chain().countClients();
    var client = server.connect();
    client.send(publication("quick").build());
    Eventually.holds("published", () -> broker.published.get() == 1);
    client.close();

    broker.taking.complete(null);

    Eventually.holds(
        "counted", () -> ServerInternals.of(server.server()).chain().clientCounts().clients() == 1);
    assertThat(server.connect().request(Message.of("quick", "x")).body()).isEqualTo("seen");
  }

  @Test
  void publishOverHttp_waitsForBroker() throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:" + server.server().port() + "/publish");
      var text = new String(publication("quick").build().toBytes(), UTF_8);
      var request =
          HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(text)).build();
      var answering = http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
      Eventually.holds("published", () -> broker.published.get() == 1);
      assertThat(answering).isNotDone();

      broker.taking.completeExceptionally(away);

      assertThat(answering.join().statusCode()).isEqualTo(503);
      assertThat(answering.join().headers().firstValue("retry-after")).contains("7");
    }
  }

  @Test
  void serverPublish_refusedByBroker_throws() {
    broker.taking.completeExceptionally(away);

    assertThatThrownBy(() -> server.server().publish("room", Message.of("chat", "x")))
        .isSameAs(away);
  }

  @Test
  void replay_startsOnceHistoryIsFetchedAndLosesNothing() {
    broker.taking.complete(null);
    server.server().publish("room", Message.of("chat", "1"));
    var client = server.connect();

    client.send(historyRequest().build());
    Eventually.holds("asked", () -> broker.asked.get() == 1);
    server.server().publish("room", Message.of("chat", "2"));
    assertThat(client.request(Message.of("quick", "")).body()).isEqualTo("seen");
    broker.reaching.complete(null);

    assertThat(client.receive().header("position")).isPresent();
    server.server().publish("room", Message.of("chat", "3"));
    assertThat(client.receive(3)).extracting(Message::body).containsExactly("1", "2", "3");
  }

  @Test
  void historyFetch_failed_endsSubscription() {
    broker.taking.complete(null);
    var client = server.connect();
    client.send(historyRequest().header("id", "9").build());
    Eventually.holds("asked", () -> broker.asked.get() == 1);

    broker.reaching.completeExceptionally(away);

    var reply = client.receive();
    assertThat(reply.header("channel")).contains("room");
    assertThat(reply.header("status")).contains("503");
    assertThat(reply.header("retry-after")).contains("7");
    assertThat(reply.header("id")).contains("9");
    assertThat(reply.headers().has("position")).isFalse();
    server.server().publish("room", Message.of("chat", "1"));
    assertThat(client.request(Message.of("quick", "")).body()).isEqualTo("seen");
  }

  @Test
  void secondSubscribe_beforeHistoryArrives_replacesFirst() {
    broker.taking.complete(null);
    var client = server.connect();
    client.send(historyRequest().header("id", "1").build());
    client.send(historyRequest().header("id", "2").build());

    var first = client.receive();
    assertThat(first.header("status")).contains("409");
    assertThat(first.header("id")).contains("1");
    broker.reaching.complete(null);
    var second = client.receive();
    assertThat(second.header("id")).contains("2");
    assertThat(second.header("position")).isPresent();
    server.server().publish("room", Message.of("chat", "1"));
    assertThat(client.receive().body()).isEqualTo("1");
  }

  @Test
  void unsubscribe_beforeHistoryArrives_receivesNothing() {
    broker.taking.complete(null);
    var client = server.connect();
    client.send(historyRequest().build());
    Eventually.holds("asked", () -> broker.asked.get() == 1);
    client.unsubscribe("room");

    broker.reaching.complete(null);

    assertThat(client.request(Message.of("quick", "")).body()).isEqualTo("seen");
  }

  private static Message.Builder publication(String command) {
    return Message.builder(command).header("publish", "room").header("ack", "true");
  }

  private static Message.Builder historyRequest() {
    return Message.builder("join").header("subscribe", "room").header("last", "9");
  }

  private record Replying(boolean blocks) implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      exchange.send("seen");
    }

    @Override
    public boolean mayBlock() {
      return blocks;
    }
  }

  /** A {@link MemoryBroker} that confirms publications only when the test says so. */
  private static final class Late implements Broker {
    final CompletableFuture<Void> taking = new CompletableFuture<>();
    final CompletableFuture<Void> reaching = new CompletableFuture<>();
    final AtomicInteger published = new AtomicInteger();
    final AtomicInteger asked = new AtomicInteger();
    private final MemoryBroker broker = new MemoryBroker(Map.of("*", Retention.DEFAULT));

    @Override
    public void start() {
      broker.start();
    }

    @Override
    public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
      var feed = broker.subscribe(channel, subscriber, by);
      return new Feed() {
        @Override
        public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
          return Late.this.publish(channel, message, by);
        }

        @Override
        public Optional<History> history() {
          return feed.history().map(history -> new Slow(history, Late.this));
        }

        @Override
        public void end() {
          feed.end();
        }
      };
    }

    @Override
    public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
      broker.publish(channel, message, by);
      published.incrementAndGet();
      return taking;
    }

    @Override
    public void close() {
      broker.close();
    }
  }

  private record Slow(History history, Late late) implements History {
    @Override
    public CompletionStage<Void> reaches(Optional<Position> position) {
      late.asked.incrementAndGet();
      return late.reaching;
    }

    @Override
    public String epoch() {
      return history.epoch();
    }

    @Override
    public long head() {
      return history.head();
    }

    @Override
    public boolean holds(long offset) {
      return history.holds(offset);
    }

    @Override
    public long before(int count) {
      return history.before(count);
    }

    @Override
    public Page after(long offset, int max) {
      return history.after(offset, max);
    }
  }
}
