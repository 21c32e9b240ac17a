package io.lhttp.filters.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.message.Message;
import io.lhttp.message.Message.Format;
import io.lhttp.server.Limits;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients subscribe and publish to channels over sockets as {@code docs/protocol.md} says. */
class ChannelsTest {
  private static final int MAX_SUBSCRIBED = 5;
  private static final Message SETTLE = Message.of("quick", "settle");

  private final Watched broker = new Watched();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(broker)
              .limits(Limits.builder().channels(MAX_SUBSCRIBED).build())
              .filter("pubsub", new PubSubFilter(4))
              .processor("quick", new Quick())
              .processor("slow", exchange -> exchange.send(exchange.request().body()))
              .processor(
                  "rewrite",
                  exchange ->
                      exchange.rewrite(
                          Message.builder("rewritten")
                              .header("publish", "a")
                              .header("authorization", "secret")
                              .body("rewritten")
                              .build()))
              .processor("refuse", exchange -> exchange.refuse(422, "not this one"))
              .processor(
                  "fail",
                  exchange -> {
                    throw new IllegalStateException("broken");
                  }));

  @Test
  void publish_reachesSubscriberAlone() {
    var subscriber = server.connect();
    var publisher = server.connect();
    subscriber.subscribe("a");
    var published = Message.builder("chat").header("publish", "a").body("hello").build();

    publisher.send(published);

    assertThat(subscriber.receive()).isEqualTo(published.with("channel", "a"));
    assertThat(publisher.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void delivery_keepsBytesAndFormatAndAddsChannel() {
    var subscriber = server.connect();
    subscriber.subscribe("a");
    var binary = new byte[35_000];
    for (var i = 0; i < binary.length; i++) {
      binary[i] = (byte) i;
    }
    var messages =
        new Message[] {
          Message.builder("chat")
              .header("Content-Type", "json")
              .header("publish", "a")
              .header("k", "1")
              .header("K", "2")
              .body("ünïcode \ud83d\ude00 \r\n\r\nand:more\u0000")
              .build(),
          Message.builder("chat").header("publish", "a").body(binary).build(),
          Message.builder("chat").header("publish", "a").body("text".getBytes(UTF_8)).build(),
        };
    var publisher = server.connect();

    for (var message : messages) {
      publisher.send(message);
    }

    for (var message : messages) {
      assertThat(subscriber.receive()).isEqualTo(message.with("channel", "a"));
    }
  }

  @Test
  void delivery_ofMessageWithoutBlankLine_addsNone() {
    var subscriber = server.connect();
    subscriber.subscribe("a");

    server.connect().send("LHTTP/1.0 chat\r\nk: \t v \r\npublish:a\r\n");

    assertThat(new String(subscriber.receive().toBytes(), UTF_8))
        .isEqualTo("LHTTP/1.0 chat\r\nk: \t v \r\npublish:a\r\nchannel:a\r\n");
  }

  @Test
  void delivery_omitsAuthorizationAndId() {
    var subscriber = server.connect();
    subscriber.subscribe("a");
    var published =
        Message.builder("chat")
            .header("x", "1")
            .header("Authorization", "Bearer secret")
            .header("publish", "a")
            .header("ID", "7")
            .header("y", "2")
            .body("hello")
            .build();

    server.connect().send(published);

    assertThat(subscriber.receive())
        .isEqualTo(published.without("authorization", "id").with("channel", "a"));
  }

  @Test
  void rewrittenMessage_isPublishedInsteadOfRequest() {
    var subscriber = server.connect();
    subscriber.subscribe("a", "b");

    server.connect().send(Message.builder("rewrite").header("publish", "b").body("raw").build());

    assertThat(subscriber.receive())
        .isEqualTo(
            Message.builder("rewritten")
                .header("publish", "a")
                .header("channel", "a")
                .body("rewritten")
                .build());
    assertThat(subscriber.request(SETTLE)).as("and nothing on b").isEqualTo(SETTLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"refuse", "fail"})
  void refusedMessage_changesNoSubscriptionAndPublishesNothing(String command) {
    var subscriber = server.connect();
    subscriber.subscribe("a");
    var client = server.connect();
    var refused =
        Message.builder(command)
            .header("subscribe", "b")
            .header("publish", "a")
            .header("unsubscribe", "a")
            .build();

    assertThat(client.request(refused).headers().has("status")).isTrue();
    assertThat(broker.subscribed()).containsExactly("a");
    assertThat(subscriber.request(SETTLE)).isEqualTo(SETTLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quick", "slow", "nobody"})
  void oneMessage_subscribesThenPublishesThenUnsubscribes(String command) {
    var client = server.connect();
    var message =
        Message.builder(command)
            .header("unsubscribe", "a")
            .header("publish", "a")
            .header("subscribe", "a")
            .body("to myself")
            .build();

    client.send(message);

    if (!command.equals("nobody")) {
      assertThat(client.receive().body()).as("the processor's reply").isEqualTo("to myself");
    }
    assertThat(client.receive()).isEqualTo(message.with("channel", "a"));
    client.send(Message.builder("nobody").header("publish", "a").header("ack", "true").build());
    assertThat(client.receive().header("status")).contains("200");
    assertThat(client.request(SETTLE)).as("it has left").isEqualTo(SETTLE);
    assertThat(broker.subscribed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quick", "slow", "nobody"})
  void publishAndUnsubscribe_deliversOwnMessage(String command) {
    var client = server.connect();
    client.subscribe("a");
    var message =
        Message.builder(command)
            .header("publish", "a")
            .header("unsubscribe", "a")
            .body("goodbye")
            .build();

    client.send(message);

    if (!command.equals("nobody")) {
      assertThat(client.receive().body()).as("the processor's reply").isEqualTo("goodbye");
    }
    assertThat(client.receive()).isEqualTo(message.with("channel", "a"));
  }

  @Test
  void subscribedPublisher_receivesOwnMessage() {
    var client = server.connect();
    client.subscribe("a");
    var message = Message.builder("chat").header("publish", "a").body("hello").build();

    assertThat(client.request(message)).isEqualTo(message.with("channel", "a"));
  }

  @Test
  void publishToTwoSubscribedChannels_deliversOneCopyOfEach() {
    var client = server.connect();
    client.subscribe("a", "b");
    var message = Message.builder("chat").header("publish", "a b c").body("hello").build();

    server.connect().send(message);

    assertThat(client.receive(2))
        .containsExactlyInAnyOrder(message.with("channel", "a"), message.with("channel", "b"));
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void subscribeTwice_countsOnce() {
    var client = server.connect();
    client.subscribe("a", "a");
    client.subscribe("a");
    var message = Message.builder("chat").header("publish", "a").body("hello").build();

    server.connect().send(message);

    assertThat(client.receive()).isEqualTo(message.with("channel", "a"));
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
    client.unsubscribe("a");
    assertThat(broker.subscribed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish:a a",
        "publish:a a a a a a a a",
        "publish:a\r\nPUBLISH: a",
        "publish: a\r\nk:v\r\npublish:a a\r\nPublish:  a "
      })
  void publish_channelNamedTwice_deliversOnce(String headers) throws Exception {
    var client = server.connect();
    client.subscribe("a");

    client.send("LHTTP/1.0 nobody\r\n" + headers + "\r\n\r\nhello");
    assertThat(client.receive().body()).isEqualTo("hello");
    assertThat(client.request(SETTLE)).as("once").isEqualTo(SETTLE);

    assertThat(post("LHTTP/1.0 nobody\r\n" + headers + "\r\n\r\nhello"))
        .isEqualTo("{\"channels\":1}");
    assertThat(client.receive().body()).isEqualTo("hello");
    assertThat(client.request(SETTLE)).as("once over HTTP").isEqualTo(SETTLE);
  }

  @Test
  void headerLimit_countsRepeatedChannelOnce() {
    var client = server.connect();
    client.subscribe("a", "b", "c", "d");
    var message = Message.builder("nobody").header("publish", "a b c d a b c d").build();

    client.send(message);

    assertThat(client.receive(4).stream().map(m -> m.header("channel").orElse("")))
        .containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void unsubscribe_channelNamedTwice_leavesOthers() {
    var client = server.connect();
    client.subscribe("a", "b");

    client.unsubscribe("a", "a");

    assertThat(broker.subscribed()).containsExactly("b");
  }

  @Test
  void channelNames_differingInCase_areDistinct() {
    var client = server.connect();
    client.subscribe("a", "A");

    client.send(Message.builder("nobody").header("publish", "a A a").build());

    assertThat(client.receive(2).stream().map(m -> m.header("channel").orElse("")))
        .containsExactlyInAnyOrder("a", "A");
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void subscribeHeaders_severalOfSameName_areJoined() {
    var client = server.connect();
    client.send(
        Message.builder("chat")
            .header("subscribe", "a b")
            .header("Subscribe", " c ")
            .header("ack", "true")
            .build());
    assertThat(client.receive().header("status")).contains("200");

    assertThat(broker.subscribed()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void unsubscribed_receivesNothing() {
    var client = server.connect();
    client.subscribe("a", "b");
    client.unsubscribe("a");
    var toB = Message.builder("chat").header("publish", "a b").build();

    server.connect().send(toB);

    assertThat(client.receive()).isEqualTo(toB.with("channel", "b"));
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void unsubscribe_withoutSubscription_isAcknowledged() {
    server.connect().unsubscribe("never");
  }

  @Test
  void resubscribe_repeatedly_receivesOneCopy() {
    var client = server.connect();
    var publisher = server.connect();
    var message = Message.builder("chat").header("publish", "a").build();
    for (var i = 0; i < 50; i++) {
      client.subscribe("a");
      publisher.send(message);
      assertThat(client.receive()).isEqualTo(message.with("channel", "a"));
      client.unsubscribe("a");
    }
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void close_leavesAllChannels() {
    var client = server.connect();
    client.subscribe("a", "b", "c");
    var other = server.connect();
    other.subscribe("b");

    client.close();

    Eventually.holds("only b is left", () -> broker.subscribed().equals(Set.of("b")));
    var message = Message.builder("chat").header("publish", "a b").build();
    assertThat(other.request(message)).isEqualTo(message.with("channel", "b"));
  }

  @Test
  void messagesOfOnePublisher_arriveInOrderAtAllSubscribers() {
    var subscribers =
        // enough clients to use all event loops
        IntStream.range(0, 6).mapToObj(i -> server.connect()).toList();
    subscribers.forEach(subscriber -> subscriber.subscribe("a"));
    var publisher = server.connect();

    for (var i = 0; i < 500; i++) {
      // "nobody" runs on the event loop, "rewrite" on a virtual thread
      var command = i % 2 == 0 ? "nobody" : "rewrite";
      publisher.send(
          Message.builder(command).header("publish", "a").header("n", Integer.toString(i)).build());
    }

    for (var subscriber : subscribers) {
      for (var i = 0; i < 500; i++) {
        var message = subscriber.receive();
        if (i % 2 == 0) {
          assertThat(message.header("n")).contains(Integer.toString(i));
        } else {
          assertThat(message.command()).isEqualTo("rewritten");
        }
      }
    }
  }

  @Test
  void manyPublishers_reachManySubscribersWithoutLoss() {
    var subscribers = IntStream.range(0, 8).mapToObj(i -> server.connect()).toList();
    subscribers.forEach(subscriber -> subscriber.subscribe("a"));
    var publishers = IntStream.range(0, 4).mapToObj(i -> server.connect()).toList();

    for (var i = 0; i < 100; i++) {
      for (var p = 0; p < publishers.size(); p++) {
        publishers
            .get(p)
            .send(
                Message.builder("p" + p).header("publish", "a").body(Integer.toString(i)).build());
      }
    }

    for (var subscriber : subscribers) {
      var byPublisher =
          subscriber.receive(400).stream()
              .collect(
                  Collectors.groupingBy(
                      Message::command, Collectors.mapping(Message::body, Collectors.toList())));
      var inOrder = IntStream.range(0, 100).mapToObj(Integer::toString).toList();
      assertThat(byPublisher)
          .hasSize(4)
          .allSatisfy((p, bodies) -> assertThat(bodies).isEqualTo(inOrder));
    }
  }

  @Test
  void publishWithAck_repliesStatusAndId() {
    var client = server.connect();
    var message =
        Message.builder("nobody").header("publish", "a").header("ack", "true").header("id", "7");

    var reply = client.request(message.build());

    assertThat(reply)
        .isEqualTo(Message.builder("nobody").header("status", "200").header("id", "7").build());
  }

  @Test
  void subscribe_withoutProcessor_isNot404() {
    var client = server.connect();
    client.send(Message.builder("nobody").header("subscribe", "a").build());

    assertThat(client.request(SETTLE)).as("no 404").isEqualTo(SETTLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"subscribe", "publish", "unsubscribe"})
  void header_withTooManyChannels_isRefusedWhole(String verb) {
    var client = server.connect();
    var message = Message.builder("chat").header("subscribe", "x");

    var reply = client.request(message.header(verb, "a b c d e").build());

    assertThat(reply.header("status")).contains("413");
    assertThat(broker.subscribed()).isEmpty();
  }

  @Test
  void subscribe_beyondLimitOfConnection_isRefusedWhole() {
    var client = server.connect();
    client.subscribe("a", "b", "c");

    var reply =
        client.request(
            Message.builder("chat")
                .header("subscribe", "c d e f")
                .header("publish", "a")
                .header("unsubscribe", "b")
                .build());

    assertThat(reply.header("status")).contains("409");
    assertThat(broker.subscribed()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(client.request(SETTLE)).as("nothing was published").isEqualTo(SETTLE);
    client.subscribe("c", "d", "e"); // with these, the client has five subscriptions
    client.unsubscribe("a");
    client.subscribe("f");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\tb", "\u0085"})
  void malformedChannelName_isRefusedAndChangesNothing(String name) {
    var client = server.connect();
    client.subscribe("a");

    for (var verb : new String[] {"subscribe", "publish", "unsubscribe"}) {
      var message = Message.builder("chat").header("publish", "a").header("unsubscribe", "a");
      message.without(verb).header(verb, name);
      assertThat(client.request(message.build()).header("status")).as(verb).contains("400");
    }
    assertThat(broker.subscribed()).containsExactly("a");
    assertThat(client.request(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void channelName_over255Bytes_isRefused() {
    var client = server.connect();

    client.subscribe("x".repeat(255));
    var reply =
        client.request(Message.builder("chat").header("subscribe", "x".repeat(256)).build());

    assertThat(reply.header("status")).contains("400");
  }

  @Test
  void unreachableBroker_answers503AndKeepsNoSubscription() {
    var client = server.connect();
    broker.refuse = Set.of("b", "p");

    var subscribe = Message.builder("chat").header("subscribe", "a b c").build();
    assertThat(client.request(subscribe).header("status")).contains("503");
    var publish = Message.builder("chat").header("publish", "p").build();
    assertThat(client.request(publish).header("status")).contains("503");

    assertThat(broker.subscribed()).isEmpty();
    broker.refuse = Set.of();
    client.subscribe("a", "b", "c");
    assertThat(broker.subscribed()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void manySubscribers_makeOneBrokerSubscription() {
    for (var i = 0; i < 10; i++) {
      server.connect().subscribe("a");
    }

    assertThat(broker.subscriptions("a")).isEqualTo(1);
  }

  @Test
  void delivery_toBinaryClient_keepsPublishedFormat() {
    var subscriber = server.connect();
    subscriber.send(
        Message.builder("nobody")
            .header("subscribe", "a")
            .header("ack", "true")
            .format(Format.BINARY)
            .build());
    assertThat(subscriber.receive().format()).as("the reply").isEqualTo(Format.BINARY);

    var text = Message.builder("chat").header("publish", "a").build();
    server.connect().send(text);

    assertThat(subscriber.receive()).as("the delivery").isEqualTo(text.with("channel", "a"));
  }

  @Test
  void repeatedConnections_leaveNoSubscription() {
    for (var i = 0; i < 30; i++) {
      try (var client = TestClient.connect(server.uri())) {
        client.subscribe("a", "b");
      }
    }

    Eventually.holds("nobody is subscribed", () -> broker.subscribed().isEmpty());
  }

  private String post(String message) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + server.uri().getAuthority() + "/publish"))
            .POST(HttpRequest.BodyPublishers.ofString(message));
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  private static final class Quick implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(exchange.request().body());
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }

  /** A memory broker that records calls, and refuses some channels as out of reach. */
  private static final class Watched implements Broker {
    private final MemoryBroker broker = new MemoryBroker();
    private final Set<String> subscribed = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
    volatile Set<String> refuse = Set.of();

    Set<String> subscribed() {
      return Set.copyOf(subscribed);
    }

    int subscriptions(String channel) {
      return counts.getOrDefault(channel, 0);
    }

    @Override
    public void start() {
      broker.start();
    }

    @Override
    public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
      refuse(channel);
      var feed = broker.subscribe(channel, subscriber, by);
      subscribed.add(channel);
      counts.merge(channel, 1, Integer::sum);
      return new Feed() {
        @Override
        public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
          return Watched.this.publish(channel, message, by);
        }

        @Override
        public void end() {
          feed.end();
          subscribed.remove(channel);
        }
      };
    }

    @Override
    public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
      refuse(channel);
      return broker.publish(channel, message, by);
    }

    @Override
    public void close() {
      broker.close();
    }

    private void refuse(String channel) {
      if (refuse.contains(channel)) {
        throw new RefusedException(503, "the broker is out of reach");
      }
    }
  }
}
