package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.Secret;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import io.nats.client.Connection;
import io.nats.client.NKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers exchange publications over NATS and follow their settings while NATS is away. */
class NatsTest {
  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder);
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @Test
  void publish_reachesSubscribersOfOtherServer() throws Exception {
    var one = cluster.connect(server(NatsSettings.DEFAULT.servers(List.of(nats.uri()))));
    var other = cluster.connect(server(NatsSettings.DEFAULT.servers(List.of(nats.uri()))));
    one.subscribe("*", "roo?");
    other.subscribe("room");
    cluster.settle();

    one.send(publication("room", "hello"));

    assertThat(other.receive().body()).isEqualTo("hello");
    assertThat(one.idle()).isTrue();
  }

  @Test
  void plainNatsClient_exchangesMessagesWithSubscribers() throws Exception {
    var client = cluster.connect(server(NatsSettings.DEFAULT.servers(List.of(nats.uri()))));
    var plain = cluster.plain();
    var subscription = plain.subscribe("lhttp.my_3Aroom");
    plain.flush(Duration.ofSeconds(10));
    client.subscribe("my:room");
    cluster.settle();

    plain.publish("lhttp.my_3Aroom", "LHTTP/1.0 chat\r\nfrom:nats\r\n\r\nhi".getBytes(UTF_8));
    assertThat(client.receive()).isEqualTo(chat("from", "nats", "hi").with("channel", "my:room"));

    // the message that this client itself has published
    subscription.nextMessage(TestClient.PATIENCE);

    client.send(publication("my:room", "hello"));
    client.receive();
    assertThat(new String(subscription.nextMessage(TestClient.PATIENCE).getData(), UTF_8))
        .isEqualTo("LHTTP/1.0 chat\r\npublish:my:room\r\n\r\nhello");
  }

  @Test
  void malformedMessages_areSkipped() throws Exception {
    var client = cluster.connect(server(NatsSettings.DEFAULT.servers(List.of(nats.uri()))));
    var plain = cluster.plain();
    client.subscribe("room");
    cluster.settle();

    plain.publish("lhttp.room", "hello".getBytes(UTF_8));
    plain.publish("lhttp.room", new byte[] {'L', 'H', (byte) 0xff});
    plain.publish("lhttp.room", new byte[0]);
    plain.publish("lhttp.room", Message.of("chat", "whole").toBytes());

    assertThat(client.receive().body()).isEqualTo("whole");
  }

  @Test
  void emptyPrefix_usesChannelNameAsSubject() throws Exception {
    var client = cluster.connect(server(TestSettings.of(nats, "", WhenAway.REFUSE, true)));
    var plain = cluster.plain();
    client.subscribe("chat.room-ä");
    cluster.settle();

    plain.publish("chat.room-ä", Message.of("chat", "hi").toBytes());
    assertThat(client.receive().body()).isEqualTo("hi");

    for (var name : List.of(">", "a.*", "$SYS.x", "_INBOX.x", "a..b", ".a", "a.")) {
      assertThat(client.request(subscription(name)).header("status")).as(name).contains("400");
      assertThat(client.request(publication(name, "x")).header("status")).as(name).contains("400");
    }
  }

  @Test
  void generatedChannelNames_stayUnderPrefix() throws Exception {
    var seen = new ConcurrentLinkedQueue<String>();
    var plain = cluster.plain();
    plain.createDispatcher(message -> seen.add(message.getSubject())).subscribe(">");
    plain.flush(Duration.ofSeconds(10));
    var broker = cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true));
    var random = new Random(5);
    var subjects = new HashSet<String>();
    var names = new HashSet<String>();
    while (names.size() < 5_000) {
      names.add(name(random));
    }

    for (var name : names) {
      var feed = broker.subscribe(name, message -> {});
      publish(broker, name, Message.of("chat", ""));
      feed.end();
      subjects.add(new Subjects("lhttp.").of(name));
    }

    assertThat(subjects).hasSize(names.size()).allMatch(s -> s.matches("lhttp\\.[A-Za-z0-9_-]+"));
    Eventually.holds("all are seen", () -> seen.size() >= names.size());
    assertThat(new HashSet<>(seen)).isEqualTo(subjects);
  }

  @Test
  void natsAway_refusesPublishingAndKeepsSubscriptions() throws Exception {
    var server = server(TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true));
    var client = cluster.connect(server);
    client.subscribe("before");
    assertThat(NatsCluster.readiness(server)).isEqualTo(200);

    nats.kill();
    Eventually.holds("away", () -> NatsCluster.readiness(server) == 503);
    client.subscribe("while");
    assertThat(client.request(publication("before", "x")).header("status")).contains("503");

    nats.restart();
    Eventually.holds("back", () -> NatsCluster.readiness(server) == 200);
    var plain = cluster.plain();
    for (var channel : List.of("before", "while")) {
      assertThat(subscribed(plain, client, channel).body()).isEqualTo(channel);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BUFFER", "LOCAL"})
  void natsAway_whilePublicationsAreAccepted_staysReady(WhenAway whenAway) throws Exception {
    var broker = new NatsBroker(TestSettings.of(nats, "lhttp.", whenAway, true));
    var server = cluster.server(broker);
    nats.kill();
    Eventually.holds("away", () -> !broker.connected());

    assertThat(NatsCluster.post(server, publication("room", "x"))).isEqualTo(200);
    assertThat(NatsCluster.readiness(server)).isEqualTo(200);
  }

  @Test
  void natsAway_bufferIsFull_isNotReadyUntilItHasRoom() throws Exception {
    var broker =
        new NatsBroker(TestSettings.of(nats, "lhttp.", WhenAway.BUFFER, true, TestSettings.BUFFER));
    var server = cluster.server(broker);
    nats.kill();
    Eventually.holds("away", () -> !broker.connected());
    var large = publication("room", "x".repeat(16 * 1024));
    for (var address : List.of("192.0.2.1", "192.0.2.2", "192.0.2.3")) {
      assertThat(NatsCluster.post(server, large, address)).isEqualTo(200);
    }
    assertThat(NatsCluster.readiness(server)).isEqualTo(200);

    assertThat(NatsCluster.post(server, large)).isEqualTo(503);
    assertThat(NatsCluster.readiness(server)).isEqualTo(503);
    assertThat(NatsCluster.post(server, publication("room", "x"))).isEqualTo(200);
    assertThat(NatsCluster.readiness(server)).isEqualTo(200);
  }

  @Test
  void natsAway_clientThatFillsBuffer_leavesRoomToOthers() throws Exception {
    var broker =
        new NatsBroker(TestSettings.of(nats, "lhttp.", WhenAway.BUFFER, true, TestSettings.BUFFER));
    var server = cluster.server(broker);
    nats.kill();
    Eventually.holds("away", () -> !broker.connected());
    var message = publication("room", "x".repeat(4000));
    var greedy = 0;
    while (NatsCluster.post(server, message, "192.0.2.1") == 200) {
      greedy++;
    }
    assertThat(greedy).isBetween(6, 11);
    assertThat(NatsCluster.post(server, message, "192.0.2.1")).isEqualTo(429);
    assertThat(NatsCluster.readiness(server)).isEqualTo(200);

    assertThat(NatsCluster.post(server, message, "192.0.2.2")).isEqualTo(200);
    assertThat(NatsCluster.post(server, message, "2001:db8::1")).isEqualTo(200);

    nats.restart();
    Eventually.holds("back", broker::connected);
    Eventually.holds("room", () -> NatsCluster.post(server, message, "192.0.2.1") == 200);
  }

  @Test
  void natsAway_channelsWithHistory_areNotReady() throws Exception {
    var broker =
        cluster.broker(
            TestSettings.of(nats, "lhttp.", WhenAway.LOCAL, true),
            Map.of("room:*", Retention.DEFAULT));
    nats.kill();
    // before it notices, the broker may miss a stream instead
    Eventually.holds(
        "away",
        () -> broker.trouble().filter("the broker is out of reach: nats"::equals).isPresent());
  }

  @Test
  void start_withoutNats_connectsLater() throws Exception {
    nats.kill();
    var server = server(TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true));
    var client = cluster.connect(server);
    client.subscribe("room");
    assertThat(NatsCluster.readiness(server)).isEqualTo(503);

    nats.restart();
    Eventually.holds("there", () -> NatsCluster.readiness(server) == 200);

    assertThat(subscribed(cluster.plain(), client, "room").body()).isEqualTo("room");
  }

  @Test
  void buffer_whileNatsIsAway_isBoundedAndSentLater() throws Exception {
    var broker =
        cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.BUFFER, true, TestSettings.BUFFER));
    var other = new ConcurrentLinkedQueue<String>();
    var listener = cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.BUFFER, true));
    listener.subscribe("room", into(other));
    nats.kill();
    Eventually.holds("away", () -> !broker.connected() && !listener.connected());

    publish(broker, "room", Message.of("chat", "kept"));
    var large = Message.of("chat", "x".repeat(16 * 1024));
    assertThatThrownBy(
            () -> {
              for (var i = 0; i < 5; i++) {
                publish(broker, "filler", large);
              }
            })
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
    nats.restart();

    Eventually.holds("back", () -> broker.connected() && listener.connected());
    // A connection counts as restored before NATS has received the subscriptions again.
    Eventually.holds(
        "received",
        () -> {
          publish(broker, "room", Message.of("chat", "after"));
          return other.contains("after");
        });
    assertThat(other.peek()).matches("kept|missed \\d+");
  }

  @Test
  void stalledNats_boundsWaitingPublications() throws Exception {
    var relay = cluster.keep(new Relay(nats.port()));
    var received = new ConcurrentLinkedQueue<String>();
    var listener = cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.BUFFER, true));
    listener.subscribe("room", into(received));
    var broker =
        cluster.broker(
            TestSettings.of(relay.uri(), "lhttp.", WhenAway.BUFFER, true, TestSettings.BUFFER));
    cluster.settle();
    relay.stall();

    var large = Message.of("chat", "x".repeat(16 * 1024));
    assertThatThrownBy(
            () -> {
              // more messages than all sockets on the way can hold
              for (var i = 0; i < 10_000; i++) {
                publish(broker, "filler", large);
              }
            })
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
    relay.mend();

    Eventually.holds("it takes more", () -> published(broker, "after"));
    Eventually.holds("received", () -> received.contains("after"));
    assertThat(received).containsExactly("after");
  }

  @Test
  void close_sendsAcceptedPublicationsFirst() throws Exception {
    var relay = cluster.keep(new Relay(nats.port()));
    var received = new ConcurrentLinkedQueue<String>();
    cluster
        .broker(TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true))
        .subscribe("room", message -> received.add(message.header("number").orElseThrow()));
    var broker =
        cluster.broker(TestSettings.of(relay.uri(), "lhttp.", WhenAway.REFUSE, true, 8 << 20));
    cluster.settle();
    relay.stall();
    for (var i = 0; i < 400; i++) {
      var message = Message.builder("chat").header("number", Integer.toString(i));
      publish(broker, "room", message.body("x".repeat(16 * 1024)).build());
    }

    var closing = Thread.ofVirtual().start(broker::close);
    relay.mend();
    closing.join();

    Eventually.holds("all are received", () -> received.size() == 400);
  }

  private static boolean published(Broker broker, String body) {
    try {
      publish(broker, "room", Message.of("chat", body));
      return true;
    } catch (RefusedException e) {
      return false;
    }
  }

  @Test
  void localDeliveries_natsDown_areReportedMissedOnOtherServers() throws Exception {
    var here = new ConcurrentLinkedQueue<String>();
    var there = new ConcurrentLinkedQueue<String>();
    var broker = cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.LOCAL, true));
    var other = cluster.broker(TestSettings.of(nats, "lhttp.", WhenAway.LOCAL, true));
    broker.subscribe("room", into(here));
    other.subscribe("room", into(there));
    cluster.settle();
    publish(broker, "room", Message.of("chat", "1"));
    Eventually.holds("received", () -> there.contains("1"));

    nats.kill();
    Eventually.holds("away", () -> !broker.connected() && !other.connected());
    publish(broker, "room", Message.of("chat", "2"));
    publish(broker, "room", Message.of("chat", "3"));
    nats.restart();
    Eventually.holds("back", () -> broker.connected() && other.connected());
    cluster.settle();
    publish(broker, "room", Message.of("chat", "4"));

    Eventually.holds("received", () -> there.contains("4"));
    assertThat(here).containsExactly("1", "2", "3", "4");
    assertThat(there).containsExactly("1", "missed 2", "4");
  }

  @Test
  void accessSettings_authenticateAtNats() throws Exception {
    var key = NKey.createUser(null);
    var configuration =
        Files.writeString(
            folder.resolve("nats.conf"),
            "authorization { users: [ { nkey: %s }, { user: me, password: secret } ] }"
                .formatted(new String(key.getPublicKey())));
    var guarded = cluster.start(folder.resolve("guarded"), "-c", configuration.toString());
    var none = NatsSettings.DEFAULT.servers(List.of(guarded.uri()));

    var withKey =
        cluster.broker(as(none, Optional.empty(), Optional.of(new String(key.getSeed()))));
    var withPassword = cluster.broker(as(none, Optional.of("secret"), Optional.empty()));
    var wrong = cluster.broker(as(none, Optional.of("guess"), Optional.empty()));

    Eventually.holds("the one with a key connects", withKey::connected);
    Eventually.holds("the one with a password connects", withPassword::connected);
    assertThat(wrong.connected()).isFalse();
  }

  private static NatsSettings as(NatsSettings s, Optional<String> password, Optional<String> nkey) {
    return new NatsSettings(
        s.servers(),
        password.map(p -> "me"),
        password.map(Secret::of),
        Optional.empty(),
        nkey.map(Secret::of),
        Optional.empty(),
        Optional.empty(),
        s.subjectPrefix(),
        s.whenAway(),
        s.bufferBytes(),
        s.localDelivery(),
        s.connectTime(),
        s.jetstream());
  }

  private static Broker.Subscriber into(Queue<String> received) {
    return new Broker.Subscriber() {
      @Override
      public void deliver(Message message) {
        received.add(message.body());
      }

      @Override
      public void missed(long count) {
        received.add("missed " + count);
      }
    };
  }

  private LhttpServer server(NatsSettings settings) {
    return cluster.server(new NatsBroker(settings));
  }

  /**
   * Publishes to the channel until the client receives a message, which shows that the client is
   * subscribed.
   */
  private static Message subscribed(Connection plain, TestClient client, String channel) {
    Eventually.holds(
        channel + " arrives",
        () -> {
          plain.publish("lhttp." + channel, Message.of("chat", channel).toBytes());
          return !client.idle();
        });
    var message = client.receive();
    while (!message.body().equals(channel)) {
      message = client.receive();
    }
    return message;
  }

  private static Message subscription(String channel) {
    return Message.builder("chat").header("subscribe", channel).build();
  }

  private static Message publication(String channel, String body) {
    return chat("publish", channel, body);
  }

  private static Message chat(String header, String value, String body) {
    return Message.builder("chat").header(header, value).body(body).build();
  }

  private static String name(Random random) {
    var alphabet = "*>.$_-ab\u0000JSYINBOX ä\ud83d/%#\\\"{}";
    var name = new StringBuilder();
    var length = 1 + random.nextInt(12);
    while (name.length() < length) {
      var c = alphabet.charAt(random.nextInt(alphabet.length()));
      if (c > ' ' && !Character.isSurrogate(c)) {
        name.append(c);
      }
    }
    return name.toString();
  }

  private static void publish(Broker broker, String channel, Message message) {
    broker.publish(channel, message);
    broker.flush();
  }
}
