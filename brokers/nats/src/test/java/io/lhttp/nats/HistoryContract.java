package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HistoryRequest;
import io.lhttp.KeepsRoute;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionRequest;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of a channel with history. Each broker has a subclass whose tests have to pass. */
public abstract class HistoryContract {
  private static final Retention FIVE = new Retention(5, Duration.ofMinutes(10), 1 << 20);
  private static final Retention MANY = new Retention(20_000, Duration.ofMinutes(10), 32 << 20);

  private final List<Broker> brokers = new ArrayList<>();

  @RegisterExtension
  @Order(1) // listed as the last of the methods
  public final AfterEachCallback closing = context -> brokers.forEach(Broker::close);

  @RegisterExtension
  @Order(2)
  @SuppressWarnings("this-escape") // the subclass is fully constructed when this is called
  public final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(made())
              .filter("who", new Named())
              .filter("pubsub", new PubSubFilter())
              .processor("relay", exchange -> exchange.publish("room:a", exchange.request()))
              .processor(
                  "enter",
                  exchange ->
                      exchange
                          .connection()
                          .subscriptions()
                          .subscribe(
                              SubscriptionRequest.of(
                                  List.of("room:a"), new HistoryRequest(List.of(), 2)))));

  /** Authenticates each client as the user that it names. */
  @KeepsRoute
  private static final class Named implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      exchange
          .request()
          .header("as")
          .ifPresent(name -> exchange.connection().authenticate(new Principal(name, Map.of())));
      if (exchange.request().headers().is("as", "rename")) {
        exchange.rewrite(
            exchange.request().toBuilder().command("renamed").without("id").body("body").build());
      }
      return chain.proceed(exchange);
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }

  /** Creates a broker that keeps these histories. */
  protected abstract Broker create(Map<String, Retention> histories);

  private Broker made() {
    var broker = create(Map.of("room:*", FIVE, "log", MANY));
    brokers.add(broker);
    return broker;
  }

  @Test
  public void delivery_onHistoryChannel_hasPosition() {
    var client = server.connect();
    client.subscribe("room:a", "plain");

    publish("room:a plain", "1");
    var first = client.receive();
    var second = client.receive();

    var remembered = first.headers().has("position") ? first : second;
    var plain = remembered.equals(first) ? second : first;
    assertThat(remembered.header("channel")).contains("room:a");
    assertThat(remembered.header("position").orElseThrow()).matches("[a-z0-9]+-[0-9]+");
    assertThat(plain.header("channel")).contains("plain");
  }

  @Test
  public void publishersChannelAndPosition_areReplaced() {
    var client = server.connect();
    client.subscribe("plain", "room:a");

    client.send(
        Message.builder("chat")
            .header("publish", "plain room:a")
            .header("channel", "room:a")
            .header("position", "made-up-7")
            .build());
    var copies = client.receive(2);

    assertThat(copies.stream().map(copy -> copy.header("channel").orElse("-")))
        .containsExactlyInAnyOrder("plain", "room:a");
    assertThat(copies).noneMatch(copy -> copy.headers().is("position", "made-up-7"));
  }

  @Test
  public void since_replaysMissedInOrderThenLive() {
    var position = position(publishAndReceive("room:a", "1"));
    publish("room:a", "2");
    publish("room:a", "3");
    var client = server.connect();

    client.send(subscription("room:a").header("since", position).header("id", "7").build());
    var reply = client.receive();
    assertThat(reply.header("channel")).contains("room:a");
    assertThat(reply.header("recovered")).contains("true");
    assertThat(reply.header("position")).contains(position);
    assertThat(reply.header("id")).contains("7");
    assertThat(bodies(client.receive(2))).containsExactly("2", "3");

    publish("room:a", "4");
    assertThat(client.receive().body()).isEqualTo("4");
  }

  @Test
  public void history_requestedByCode_isAnnouncedAsSubscribed() {
    var position = position(publishAndReceive("room:a", "1"));
    var client = server.connect();

    client.send(Message.builder("enter").header("id", "7").build());

    var reply = client.receive();
    assertThat(reply.command()).isEqualTo("subscribed");
    assertThat(reply.header("channel")).contains("room:a");
    assertThat(reply.header("id")).isEmpty();
    var delivery = client.receive();
    assertThat(delivery.body()).isEqualTo("1");
    assertThat(delivery.header("position")).contains(position);
  }

  @Test
  public void subscriptionReply_afterRewrite_hasOriginalCommandAndId() {
    var client = server.connect();

    client.send(
        subscription("room:a")
            .header("last", "1")
            .header("id", "7")
            .header("as", "rename")
            .build());

    var reply = client.receive();
    assertThat(reply.command()).isEqualTo(subscription("room:a").build().command());
    assertThat(reply.header("id")).contains("7");
    assertThat(reply.header("position")).isPresent();
    assertThat(reply.body()).isEmpty();
  }

  @Test
  public void last_channelNamedTwice_replaysOnce() {
    publish("room:a", "1");
    var client = server.connect();

    client.send(subscription("room:a room:a").header("last", "2").build());
    assertThat(client.receive().header("position")).isPresent();
    assertThat(client.receive().body()).isEqualTo("1");

    publish("room:a", "2");
    assertThat(client.receive().body()).isEqualTo("2");
  }

  @Test
  public void since_channelNamedTwice_usesFirstPosition() {
    var position = position(publishAndReceive("room:a", "1"));
    publish("room:a", "2");
    var client = server.connect();

    client.send(
        subscription("room:a room:b room:a")
            .header("since", position + " now never-0")
            .header("id", "7")
            .build());

    assertThat(client.receive(3))
        .extracting(
            m -> m.header("channel").orElse("") + " " + m.header("recovered").orElse(m.body()))
        .containsExactlyInAnyOrder("room:a true", "room:b ", "room:a 2");
  }

  @Test
  public void manyPublishers_areSeenInOneOrderByAll() {
    var subscribers = IntStream.range(0, 4).mapToObj(i -> server.connect()).toList();
    subscribers.forEach(subscriber -> subscriber.subscribe("log"));
    var publishers = IntStream.range(0, 4).mapToObj(i -> server.connect()).toList();

    for (var i = 0; i < 50; i++) {
      for (var p = 0; p < publishers.size(); p++) {
        publishers
            .get(p)
            .send(Message.builder("chat").header("publish", "log").body(p + "-" + i).build());
      }
    }

    var first = bodies(subscribers.getFirst().receive(200));
    assertThat(first).doesNotHaveDuplicates();
    for (var other : subscribers.subList(1, subscribers.size())) {
      assertThat(bodies(other.receive(200))).isEqualTo(first);
    }
  }

  @Test
  public void since_newestPosition_isRecovered() {
    var position = position(publishAndReceive("room:a", "1"));
    var client = server.connect();

    var reply = client.request(subscription("room:a").header("since", position).build());

    assertThat(reply.header("recovered")).contains("true");
    publish("room:a", "2");
    assertThat(client.receive().body()).isEqualTo("2");
  }

  @Test
  public void since_forgottenPosition_isNotRecovered() {
    var position = position(publishAndReceive("room:a", "0"));
    for (var i = 1; i <= 7; i++) {
      publish("room:a", Integer.toString(i));
    }
    var client = server.connect();

    var reply = client.request(subscription("room:a").header("since", position).build());

    assertThat(reply.header("recovered")).contains("false");
    assertThat(bodies(client.receive(5))).containsExactly("3", "4", "5", "6", "7");
  }

  @Test
  public void reset_positionBefore_isNotRecoveredAndNothingIsReplayed() throws Exception {
    var subscriber = server.connect();
    subscriber.subscribe("room:a");
    var position = position(publishAndReceive("room:a", "before"));
    assertThat(subscriber.receive().body()).isEqualTo("before");

    var begin = done(server.server().control().resetHistory("room:a"));

    var client = server.connect();
    var reply = client.request(subscription("room:a").header("since", position).build());
    assertThat(reply.header("recovered")).contains("false");
    assertThat(reply.header("position")).contains(begin.toString());
    publish("room:a", "after");
    assertThat(client.receive().body()).isEqualTo("after");
    assertThat(subscriber.receive().body()).as("subscriptions stay").isEqualTo("after");
    var page = done(server.server().control().history("room:a", Optional.empty(), 10));
    assertThat(page.entries()).extracting(e -> e.message().body()).containsExactly("after");
    var since = client.request(subscription("room:a").header("since", begin.toString()).build());
    assertThat(since.header("recovered")).contains("true");
  }

  @Test
  public void control_publishesWithPositionAndReadsHistoryWithoutSubscribers() throws Exception {
    var control = server.server().control();
    var first = done(control.publish("room:a", Message.of("news", "1"))).orElseThrow();
    var second = done(control.publish("room:a", Message.of("news", "2"))).orElseThrow();

    var newest = done(control.history("room:a", Optional.empty(), 1));
    var after = done(control.history("room:a", Optional.of(first), 10));

    assertThat(newest.entries()).extracting(e -> e.message().body()).containsExactly("2");
    assertThat(newest.head()).isEqualTo(second);
    assertThat(after.entries()).extracting(e -> e.message().body()).containsExactly("2");
    assertThat(after.recovered()).isTrue();
    assertThat(after.truncated()).isFalse();
    assertThat(done(control.history("room:a", Optional.of(new Position("x", 1)), 1)))
        .satisfies(page -> assertThat(page.recovered()).isFalse())
        .satisfies(page -> assertThat(page.entries()).hasSize(1));
    assertThat(done(control.publish("plain", Message.of("news", "x")))).isEmpty();
    assertThatThrownBy(() -> done(control.history("plain", Optional.empty(), 1)))
        .hasRootCauseInstanceOf(RefusedException.class)
        .hasMessageContaining("409");
    assertThatThrownBy(() -> done(control.resetHistory("plain"))).hasMessageContaining("409");
  }

  @Test
  public void control_publishesSameIdTwice_returnsFirstPosition() throws Exception {
    var control = server.server().control();
    var message = Message.builder("news").header("message-id", "m1").body("1").build();

    var first = done(control.publish("room:a", message));

    assertThat(done(control.publish("room:a", message))).isEqualTo(first);
    assertThat(done(control.history("room:a", Optional.empty(), 10)).entries()).hasSize(1);
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"other-1", "malformed", "x-99999999999999999999"})
  public void since_unknownPosition_isNotRecovered(String since) {
    publish("room:a", "1");
    var client = server.connect();

    var reply = client.request(subscription("room:a").header("since", since).build());

    assertThat(reply.header("recovered")).contains("false");
    assertThat(client.receive().body()).isEqualTo("1");
  }

  @Test
  public void last_replaysNewest() {
    for (var i = 1; i <= 4; i++) {
      publish("room:a", Integer.toString(i));
    }
    var client = server.connect();

    var reply = client.request(subscription("room:a").header("last", "2").build());

    assertThat(reply.headers().has("recovered")).isFalse();
    assertThat(bodies(client.receive(2))).containsExactly("3", "4");
  }

  @Test
  public void sinceNow_repliesPosition() {
    var client = server.connect();
    var reply = client.request(subscription("room:a").header("since", "now").build());
    assertThat(reply.headers().has("recovered")).isFalse();

    publish("room:a", "1");
    client.receive();
    var other = server.connect();
    var again = other.request(subscription("room:a").header("since", position(reply)).build());

    assertThat(again.header("recovered")).contains("true");
    assertThat(other.receive().body()).isEqualTo("1");
  }

  @Test
  public void since_severalChannels_usesPositionOfEach() {
    var a = position(publishAndReceive("room:a", "a1"));
    position(publishAndReceive("room:b", "b1"));
    publish("room:a", "a2");
    publish("room:b", "b2");
    var client = server.connect();

    client.send(subscription("room:a room:b plain").header("since", a + " now x-1").build());

    var messages = client.receive(4);
    assertThat(messages.stream().map(m -> m.header("recovered").orElse("-") + m.body()))
        .containsExactlyInAnyOrder("true", "-", "false", "-a2");
  }

  @Test
  public void messageId_publishedAgain_isStoredOnce() {
    var client = server.connect();
    client.subscribe("room:a");
    for (var i = 0; i < 3; i++) {
      var answer =
          server
              .connect()
              .request(
                  Message.builder("chat")
                      .header("publish", "room:a")
                      .header("message-id", "m1")
                      .header("presence-session", "s-1")
                      .header("ack", "true")
                      .body("once")
                      .build());
      assertThat(answer.header("status")).contains("200");
    }
    publish("room:a", "end");

    assertThat(bodies(client.receive(2))).containsExactly("once", "end");
  }

  /** A publisher is written as user/session; a hyphen stands for none. */
  @ParameterizedTest
  @CsvSource({
    "-/-, -/-, 2, two connections of nobody",
    "-/s-1, -/s-2, 2, two sessions",
    "-/s-1, -/s-1, 1, one session over two connections",
    "jack/-, mike/-, 2, two users",
    "jack/-, jack/-, 1, one user over two connections",
    "jack/s-1, jack/s-2, 1, a user counts before the session",
    "jack/-, -/jack, 2, a session that is called as a user",
    "user jack/-, -/user, 2, names that are made up to look alike",
    "a/b, 'a b/-', 2, names with spaces",
  })
  public void messageId_countsWithinItsPublisher(
      String first, String second, int copies, String what) {
    var client = server.connect();
    client.subscribe("room:a");
    for (var publisher : List.of(first, second)) {
      var names = publisher.split("/", -1);
      var message =
          Message.builder("chat")
              .header("publish", "room:a")
              .header("message-id", "m1")
              .header("ack", "true")
              .body("mine");
      if (!names[0].equals("-")) {
        message.header("as", names[0]);
      }
      if (!names[1].equals("-")) {
        message.header("presence-session", names[1]);
      }
      assertThat(server.connect().request(message.build()).header("status")).contains("200");
    }
    publish("room:a", "end");

    var deliveries = client.receive(copies + 1);
    assertThat(bodies(deliveries)).as(what).hasSize(copies + 1).endsWith("end");
    assertThat(deliveries).noneMatch(delivery -> delivery.headers().has("presence-session"));
  }

  /**
   * Over HTTP each request is a connection of its own, so a user or a session identifies a
   * repetition.
   */
  @ParameterizedTest
  @CsvSource({"presence-session:s-1, 1", "as:jack, 1", "x:y, 2"})
  public void messageId_overHttp_countsWithinUserOrSession(String header, int copies)
      throws Exception {
    var client = server.connect();
    client.subscribe("room:a");
    var body =
        "LHTTP/1.0 chat\r\npublish:room:a\r\nmessage-id:m1\r\n%s\r\n\r\nmine".formatted(header);
    var uri = URI.create("http://127.0.0.1:%d/publish".formatted(server.server().port()));
    try (var http = HttpClient.newHttpClient()) {
      for (var i = 0; i < 2; i++) {
        var request = HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)).build();
        assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
      }
    }
    publish("room:a", "end");

    assertThat(bodies(client.receive(copies + 1))).endsWith("end");
  }

  @Test
  public void messageId_publishedByProcessor_countsWithinRequester() {
    var client = server.connect();
    client.subscribe("room:a");
    for (var session : List.of("s-1", "s-1", "s-2")) {
      var message =
          Message.builder("relay")
              .header("message-id", "m1")
              .header("presence-session", session)
              .header("ack", "true")
              .body(session);
      assertThat(server.connect().request(message.build()).header("status")).contains("200");
    }

    assertThat(bodies(client.receive(2))).containsExactly("s-1", "s-2");
  }

  @Test
  public void messageId_ofServer_doesNotSuppressClients() {
    var client = server.connect();
    client.subscribe("room:a");
    var message = Message.builder("chat").header("message-id", "m1").body("x").build();

    server.server().publish("room:a", message);
    server.server().publish("room:a", message);
    publish("room:a", "1");
    server
        .connect()
        .request(
            Message.builder("chat")
                .header("publish", "room:a")
                .header("message-id", "m1")
                .header("ack", "true")
                .body("a client's")
                .build());

    assertThat(bodies(client.receive(3))).containsExactly("x", "1", "a client's");
  }

  @ParameterizedTest
  @CsvSource({
    "subscribe, room:a, since, 'a-1 b-1'",
    "subscribe, room:a room:b, since, a-1",
    "subscribe, room:a, last, 0",
    "subscribe, room:a, last, 1001",
    "subscribe, room:a, last, x",
    "publish, room:a, message-id, ''"
  })
  public void invalidHistoryHeader_isRefused(
      String verb, String channels, String header, String value) {
    var message = Message.builder("chat").header(verb, channels).header(header, value).build();

    assertThat(server.connect().request(message).header("status")).contains("400");
  }

  /**
   * A client that joins at any time, while others publish without a pause, gets each message once
   * and in order.
   */
  @Test
  public void replayDuringPublishing_losesAndRepeatsNothing() throws Exception {
    var start = server.connect();
    var position = position(start.request(subscription("log").header("since", "now").build()));
    var publishing = new AtomicBoolean(true);
    var count = 2_000;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(() -> {
        for (var i = 1; i <= count && publishing.get(); i++) {
          server.server().publish("log", Message.of("chat", Integer.toString(i)));
          LockSupport.parkNanos(20_000);
        }
      });
      var clients = new ArrayList<TestClient>();
      for (var i = 0; i < 5; i++) {
        var client = server.connect();
        client.send(subscription("log").header("since", position).build());
        assertThat(client.receive().header("recovered")).contains("true");
        clients.add(client);
      }
      for (var client : clients) {
        for (var i = 1; i <= count; i++) {
          assertThat(client.receive().body()).isEqualTo(Integer.toString(i));
        }
      }
    } finally {
      publishing.set(false);
    }
  }

  /** Replays 12 MB to a client whose queue holds 1 MB. */
  @Test
  public void replay_largerThanQueue_waitsForReader() {
    var client = server.connect();
    var position = position(client.request(subscription("log").header("since", "now").build()));
    var other = server.connect();
    var body = "x".repeat(30_000);
    for (var i = 0; i < 400; i++) {
      server.server().publish("log", Message.of("chat", i + body));
      client.receive();
    }

    other.send(subscription("log").header("since", position).build());

    assertThat(other.receive().header("recovered")).contains("true");
    var seen = new HashMap<String, Integer>();
    for (var i = 0; i < 400; i++) {
      var message = other.receive();
      assertThat(message.body()).startsWith(i + "x");
      assertThat(message.headers().has("missed")).isFalse();
      seen.merge(message.header("position").orElseThrow(), 1, Integer::sum);
    }
    assertThat(seen).hasSize(400);
  }

  @Test
  public void slowSubscriber_afterReconnect_recoversEverything() throws IOException {
    var messages = 600;
    var body = "x".repeat(30_000);
    var position = "";
    var got = 0;
    try (var slow = RawClient.open(server.uri())) {
      slow.message(subscription("log").header("since", "now").build());
      position = position(slow.receive());
      for (var i = 0; i < messages; i++) {
        server.server().publish("log", Message.of("chat", i + body));
      }
      Eventually.holds("it is too slow", () -> server.server().statistics().slowConsumers() == 1);
      for (var frame = slow.frame(); frame.opcode() != RawClient.CLOSE; frame = slow.frame()) {
        if (frame.opcode() == RawClient.TEXT) {
          var message = frame.message();
          assertThat(message.body()).startsWith(got++ + "x");
          position = position(message);
        }
      }
    }
    assertThat(got).isLessThan(messages);

    var again = server.connect();
    var reply = again.request(subscription("log").header("since", position).build());

    assertThat(reply.header("recovered")).contains("true");
    for (; got < messages; got++) {
      assertThat(again.receive().body()).startsWith(got + "x");
    }
  }

  private Message publishAndReceive(String channel, String body) {
    var client = server.connect();
    client.subscribe(channel);
    publish(channel, body);
    return client.receive();
  }

  private void publish(String channels, String body) {
    var answer =
        server
            .connect()
            .request(
                Message.builder("chat")
                    .header("publish", channels)
                    .header("ack", "true")
                    .body(body)
                    .build());
    assertThat(answer.header("status")).contains("200");
  }

  private static Message.Builder subscription(String channels) {
    return Message.builder("join").header("subscribe", channels);
  }

  private static String position(Message message) {
    return message.header("position").orElseThrow();
  }

  private static List<String> bodies(List<Message> messages) {
    return messages.stream().map(Message::body).toList();
  }
}
