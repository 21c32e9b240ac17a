package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers share the history of their channels in JetStream and recover from faults of the network
 * and of NATS.
 */
class JetStreamTest {
  private static final Retention FIVE = new Retention(5, Duration.ofMinutes(10), 1 << 20);
  private static final Retention BRIEF = new Retention(100, Duration.ofSeconds(1), 1 << 20);

  /** A retention for more messages than a test publishes before they are fetched. */
  private static final Retention LONG = new Retention(1_000, Duration.ofMinutes(10), 1 << 20);

  private static final Map<String, Retention> HISTORIES =
      Map.of("room:*", FIVE, "brief", BRIEF, "long", LONG);

  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder, "-js");
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @Test
  void twoServers_deliverSameOrderAndPositions() {
    var servers = List.of(server(), server());
    var clients = servers.stream().map(cluster::connect).toList();
    clients.forEach(client -> join(client, "long"));

    for (var i = 0; i < 200; i++) {
      clients.get(i % 2).send(publication("long", Integer.toString(i)));
    }

    var one = clients.get(0).receive(200);
    var other = clients.get(1).receive(200);
    assertThat(positions(one)).isEqualTo(positions(other)).doesNotHaveDuplicates();
    assertThat(bodies(one)).isEqualTo(bodies(other)).hasSize(200);
  }

  @Test
  void position_ofOneServer_isRecoveredOnAnother() {
    var first = cluster.connect(server());
    join(first, "room:a");
    var position = position(published(first, "room:a", "1"));
    published(first, "room:a", "2");
    published(first, "room:a", "3");

    var other = cluster.connect(server());
    var reply = other.request(since("room:a", position));

    assertThat(reply.header("recovered")).contains("true");
    assertThat(bodies(other.receive(2))).containsExactly("2", "3");
    first.send(publication("room:a", "4"));
    assertThat(other.receive().body()).isEqualTo("4");
  }

  @Test
  void reset_onOneServer_holdsOnAllAndOnLaterOnes() throws Exception {
    var one = server();
    var other = server();
    var subscriber = cluster.connect(other);
    join(subscriber, "room:a");
    var position = position(published(subscriber, "room:a", "before"));

    var begin =
        one.control()
            .resetHistory("room:a")
            .toCompletableFuture()
            .get(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);

    for (var server : List.of(one, other, server())) {
      Eventually.holds(
          "the position is forgotten",
          () -> {
            var reply = cluster.connect(server).request(since("room:a", position));
            return reply.header("recovered").equals(Optional.of("false"))
                && reply.header("position").equals(Optional.of(begin.toString()));
          });
    }
    var after = published(subscriber, "room:a", "after");
    assertThat(after.body()).as("the mark is not delivered").isEqualTo("after");
    assertThat(after.headers().has("missed")).isFalse();
    var later = cluster.connect(server());
    assertThat(later.request(since("room:a", begin.toString())).header("recovered"))
        .contains("true");
    assertThat(later.receive().body()).isEqualTo("after");
  }

  @Test
  void reconnect_afterRestartOfNats_missesNothing() throws Exception {
    var server = server();
    var client = cluster.connect(server);
    join(client, "room:a");
    var position = position(published(client, "room:a", "1"));
    published(client, "room:a", "2");

    nats.kill();
    Eventually.holds("away", () -> NatsCluster.readiness(server) == 503);
    assertThat(client.request(publication("room:a", "refused")).header("status")).contains("503");
    nats.restart();
    Eventually.holds("back", () -> NatsCluster.readiness(server) == 200);

    assertThat(published(client, "room:a", "3").headers().has("missed")).isFalse();
    for (var one : List.of(server, server())) {
      var other = cluster.connect(one);
      assertThat(other.request(since("room:a", position)).header("recovered")).contains("true");
      assertThat(bodies(other.receive(2))).containsExactly("2", "3");
    }
  }

  @Test
  void serverCutOff_deliversStoredMessagesLater() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var cut = server(settings(relay.uri()));
      var whole = server();
      var behind = cluster.connect(cut);
      var ahead = cluster.connect(whole);
      join(behind, "room:a");
      join(ahead, "room:a");
      ahead.send(publication("room:a", "1"));
      assertThat(behind.receive().body()).isEqualTo("1");
      ahead.receive();

      relay.cut();
      Eventually.holds("away", () -> NatsCluster.readiness(cut) == 503);
      published(ahead, "room:a", "2");
      published(ahead, "room:a", "3");
      relay.mend();

      var later = behind.receive(2);
      assertThat(bodies(later)).containsExactly("2", "3");
      assertThat(later).noneMatch(message -> message.headers().has("missed"));
      published(ahead, "room:a", "4");
      assertThat(behind.receive().body()).isEqualTo("4");
    }
  }

  @Test
  void serverCutOff_reportsForgottenMessages() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var cut = server(settings(relay.uri()));
      var ahead = cluster.connect(server());
      var behind = cluster.connect(cut);
      join(behind, "room:a");
      join(ahead, "room:a");
      published(ahead, "room:a", "0");
      behind.receive();

      relay.cut();
      Eventually.holds("away", () -> NatsCluster.readiness(cut) == 503);
      for (var i = 1; i <= 8; i++) {
        published(ahead, "room:a", Integer.toString(i));
      }
      relay.mend();

      var later = behind.receive(5);
      assertThat(bodies(later)).containsExactly("4", "5", "6", "7", "8");
      assertThat(later.getFirst().headers().has("missed")).isTrue();
    }
  }

  @Test
  void recreatedStream_hasAnotherEpoch() throws Exception {
    var server = server();
    var client = cluster.connect(server);
    join(client, "room:a");
    var old = position(published(client, "room:a", "1"));
    published(client, "room:a", "2");

    cluster.plain().jetStreamManagement().deleteStream("lhttp+history+room_3A_2A");
    var publisher = cluster.connect(server);
    Eventually.holds(
        "made anew",
        () ->
            publisher
                .request(publication("room:a", "3", "ack"))
                .header("status")
                .equals(Optional.of("200")));
    var fresh = client.receive();
    assertThat(fresh.body()).isEqualTo("3");
    assertThat(fresh.headers().has("missed")).isTrue();

    assertThat(epoch(position(fresh))).isNotEqualTo(epoch(old));
    var other = cluster.connect(server);
    var reply = other.request(since("room:a", old));
    assertThat(reply.header("recovered")).contains("false");
    assertThat(other.receive().body()).isEqualTo("3");
  }

  @Test
  void messageId_isStoredOncePerChannelOnAllServers() {
    var publishers = List.of(cluster.connect(server()), cluster.connect(server()));
    var subscriber = cluster.connect(server());
    join(subscriber, "room:a");
    join(subscriber, "room:b");

    for (var channel : List.of("room:a", "room:b")) {
      for (var publisher : publishers) {
        var message =
            Message.builder("chat")
                .header("publish", channel)
                .header("message-id", "m")
                .header("presence-session", "s")
                .header("ack", "true")
                .body("once in " + channel)
                .build();
        assertThat(publisher.request(message).header("status")).contains("200");
      }
    }
    publishers.getFirst().send(publication("room:b", "end"));

    assertThat(bodies(subscriber.receive(3)))
        .containsExactlyInAnyOrder("once in room:a", "once in room:b", "end");
  }

  @Test
  void oldMessages_areForgotten() {
    var client = cluster.connect(server());
    join(client, "brief");
    var position = position(published(client, "brief", "1"));
    published(client, "brief", "2");

    Eventually.holds(
        "forgotten",
        () -> {
          var other = cluster.connect(server());
          var reply = other.request(since("brief", position));
          return reply.header("recovered").equals(Optional.of("false"));
        });
    var late = published(client, "brief", "3");
    assertThat(late.headers().has("missed")).isFalse();
  }

  @Test
  void plainNatsPublication_isDeliveredAndStored() throws Exception {
    var client = cluster.connect(server());
    join(client, "room:a");
    var plain = cluster.plain();

    plain.jetStream().publish("lhttp.history.room_3A_2A.room_3Aa", "no message".getBytes(UTF_8));
    plain
        .jetStream()
        .publish("lhttp.history.room_3A_2A.room_3Aa", Message.of("chat", "hi").toBytes());

    var message = client.receive();
    assertThat(message.body()).isEqualTo("hi");
    assertThat(message.header("channel")).contains("room:a");
    var other = cluster.connect(server());
    other.send(Message.builder("join").header("subscribe", "room:a").header("last", "9").build());
    other.receive();
    assertThat(other.receive().body()).isEqualTo("hi");
  }

  @Test
  void publishOverHttp_answersWhetherItIsStored() throws Exception {
    var server = server();
    var client = cluster.connect(server);
    join(client, "room:a");

    assertThat(post(server)).isEqualTo(200);
    client.receive();
    nats.kill();
    Eventually.holds("away", () -> NatsCluster.readiness(server) == 503);
    assertThat(post(server)).isEqualTo(503);
  }

  @Test
  void natsWithoutJetStream_isNotReadyAndRefuses() throws Exception {
    try (var without = NatsServer.start(folder.resolve("without"))) {
      var server = server(settings(without.uri()));
      var client = cluster.connect(server);

      assertThat(NatsCluster.readiness(server)).isEqualTo(503);
      assertThat(client.request(publication("room:a", "1")).header("status")).contains("503");
      assertThat(client.request(publication("plain", "1", "ack")).header("status")).contains("200");
    }
  }

  @Test
  void restartWithoutJetStream_isReportedUntilItReturns() throws Exception {
    try (var nats = NatsServer.start(folder.resolve("again"), "-js")) {
      var server = server(settings(nats.uri()));
      var client = cluster.connect(server);
      assertThat(client.request(publication("room:a", "1", "ack")).header("status"))
          .contains("200");
      assertThat(NatsCluster.readiness(server)).isEqualTo(200);

      nats.kill();
      nats.restartWith();
      Eventually.holds(
          "refusals name what is missing",
          () -> {
            var refusal = client.request(publication("room:a", "2"));
            return refusal.header("error").filter(e -> e.contains("JetStream")).isPresent();
          });
      Eventually.holds(
          "probes name what is missing",
          () -> NatsCluster.readiness(server) == 503 && trouble(server).contains("JetStream"));

      nats.kill();
      nats.restartWith("-js");
      Eventually.holds("JetStream is back", () -> NatsCluster.readiness(server) == 200);
      Eventually.holds(
          "what is published is kept",
          () ->
              client
                  .request(publication("room:a", "3", "ack"))
                  .header("status")
                  .equals(Optional.of("200")));
    }
  }

  private static String trouble(LhttpServer server) {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(NatsCluster.uri(server, "/readyz")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Subscribes to a channel. Messages that any server publishes from now on are delivered. */
  private static void join(TestClient client, String channel) {
    client.request(since(channel, "now"));
  }

  private Message published(TestClient subscriber, String channel, String body) {
    subscriber.send(publication(channel, body));
    var message = subscriber.receive();
    assertThat(message.body()).isEqualTo(body);
    return message;
  }

  private LhttpServer server() {
    return server(settings(nats.uri()));
  }

  private static NatsSettings settings(URI uri) {
    return TestSettings.of(uri, "lhttp.", WhenAway.LOCAL, true, TestSettings.BUFFER);
  }

  private LhttpServer server(NatsSettings settings) {
    return cluster.server(new NatsBroker(settings, HISTORIES));
  }

  private static int post(LhttpServer server) {
    return NatsCluster.post(server, publication("room:a", "posted"));
  }

  private static Message since(String channel, String position) {
    return Message.builder("join").header("subscribe", channel).header("since", position).build();
  }

  private static Message publication(String channel, String body, String... flags) {
    var message = Message.builder("chat").header("publish", channel);
    for (var flag : flags) {
      message.header(flag, "true");
    }
    return message.body(body).build();
  }

  private static String position(Message message) {
    return message.header("position").orElseThrow();
  }

  private static String epoch(String position) {
    return position.substring(0, position.indexOf('-'));
  }

  private static List<String> positions(List<Message> messages) {
    return messages.stream().map(JetStreamTest::position).toList();
  }

  private static List<String> bodies(List<Message> messages) {
    return messages.stream().map(Message::body).toList();
  }
}
