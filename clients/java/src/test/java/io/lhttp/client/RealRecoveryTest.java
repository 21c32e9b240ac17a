package io.lhttp.client;

import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.client.internal.transport.Environment;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client recovers missed messages from the histories of a real server. */
class RealRecoveryTest {
  private static final Retention FIFTY = new Retention(50, Duration.ofMinutes(10), 1 << 20);

  private static final Retention MANY = new Retention(10_000, Duration.ofMinutes(10), 8 << 20);

  private final Recorder events = new Recorder();
  private final List<LhttpClient> clients = new ArrayList<>();
  private LhttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = server(0);
  }

  @AfterEach
  void stop() {
    clients.forEach(LhttpClient::close);
    server.close();
  }

  @Test
  void lostConnections_loseAndDoubleNothing() throws Exception {
    var reader = connect(events);
    var publisher = connect(new Listener() {});
    result(reader.subscribe("log:a", events::onDelivery).ready());
    result(reader.subscribe("log:b", events::onDelivery).ready());

    for (var i = 0; i < 400; i++) {
      result(publisher.publish(i % 2 == 0 ? "log:a" : "log:b", Message.of("chat", "m" + i)));
      if (i % 40 == 17) {
        reader.send(Message.of("kick", ""));
      }
    }

    var a = new ArrayList<String>();
    var b = new ArrayList<String>();
    while (a.size() + b.size() < 400) {
      var delivery = events.skipTo(Recorder.Delivered.class).delivery();
      (delivery.channel().equals("log:a") ? a : b).add(delivery.message().body());
    }
    for (var i = 0; i < 400; i++) {
      assertThat((i % 2 == 0 ? a : b).get(i / 2)).isEqualTo("m" + i);
    }
  }

  @Test
  void missedMessages_beyondHistory_areReportedAsGap() throws Exception {
    var timer = new ManualTimer();
    var environment = new Environment(timer, new Random(), Environment.system().transports());
    var reader = LhttpClient.connect(builder(events).options(), environment);
    clients.add(reader);
    var publisher = connect(new Listener() {});
    result(reader.subscribe("room:a", events::onDelivery).ready());
    result(publisher.publish("room:a", Message.of("chat", "seen")));
    events.skipTo(Recorder.Delivered.class);
    reader.send(Message.of("kick", ""));
    var away = events.skipTo(Recorder.Ended.class).closed();
    for (var i = 0; i < 60; i++) {
      result(publisher.publish("room:a", Message.of("chat", "m" + i)));
    }
    timer.advance(away.retryIn().orElseThrow());

    assertThat(events.skipTo(Recorder.Missed.class).gap()).isEqualTo(Gap.unknown("room:a"));
    assertThat(events.delivery().message().body()).as("the oldest there is").isEqualTo("m10");
  }

  @Test
  void restartedServer_hasForgottenAndSaysSo() throws Exception {
    var reader = connect(events);
    result(reader.subscribe("room:a", events::onDelivery).ready());
    var port = server.port();
    server.close();
    server = server(port);

    assertThat(events.skipTo(Recorder.Missed.class).gap()).isEqualTo(Gap.unknown("room:a"));
    result(reader.publish("room:a", Message.of("chat", "live again")));
    assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().body())
        .isEqualTo("live again");
  }

  @Test
  void newSubscriber_getsNewestMessages() throws Exception {
    var publisher = connect(new Listener() {});
    for (var i = 0; i < 5; i++) {
      result(publisher.publish("room:a", Message.of("chat", "m" + i)));
    }

    connect(events).subscribe("room:a", SubscribeOptions.last(2), events::onDelivery);

    var first = events.skipTo(Recorder.Delivered.class).delivery();
    assertThat(first.message().body()).isEqualTo("m3");
    assertThat(events.delivery().message().body()).isEqualTo("m4");
    var position = first.message().header("position").orElseThrow();
    connect(events).subscribe("room:a", SubscribeOptions.since(position), events::onDelivery);
    assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().body()).isEqualTo("m4");
  }

  private static LhttpServer server(int port) throws Exception {
    return LhttpServer.builder()
        .host("127.0.0.1")
        .port(port)
        .broker(new MemoryBroker(Map.of("room:*", FIFTY, "log:*", MANY)))
        .filter("pubsub", new PubSubFilter())
        .processor("kick", exchange -> exchange.connection().close(CloseStatus.FAILED))
        .start();
  }

  private LhttpClient connect(Listener listener) {
    var client = builder(listener).connect();
    clients.add(client);
    return client;
  }

  private LhttpClient.Builder builder(Listener listener) {
    return LhttpClient.builder(server.uri())
        .listener(listener)
        .backoffBase(Duration.ofMillis(20))
        .backoffMax(Duration.ofMillis(100));
  }
}
