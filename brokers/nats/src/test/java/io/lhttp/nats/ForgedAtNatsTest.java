package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import io.nats.client.Connection;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages that a plain client of NATS forges neither show reserved headers nor stop later
 * publications.
 */
class ForgedAtNatsTest {
  private static final String STREAM = "lhttp+history+room_3A_2A";

  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;
  private Connection plain;
  private NatsBroker broker;
  private TestClient publisher;
  private TestClient subscriber;

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder, "-js");
    plain = cluster.plain();
    publisher = cluster.connect(cluster.server(broker()));
    broker = broker();
    subscriber = cluster.connect(cluster.server(broker));
    subscriber.subscribe("plain", "room:a");
    cluster.settle();
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "missed:999999999",
        "Recovered:false",
        "position:e-7",
        "CHANNEL:other",
        "trace:generation=1",
        "Token-Expires:1",
        "authorization:Bearer secret",
        "id:7"
      })
  void forgedServerHeader_isRemovedFromDelivery(String header) throws Exception {
    var forged = "LHTTP/1.0 chat\r\nk:v\r\n" + header + "\r\nstatus:401\r\n\r\nhi";

    plain.publish("lhttp.plain", forged.getBytes(UTF_8));
    assertThat(subscriber.receive())
        .isEqualTo(chat("hi").with("k", "v").with("status", "401").with("channel", "plain"));

    plain.publish("lhttp.history.room_3A_2A.room_3Aa", forged.getBytes(UTF_8));
    var remembered = subscriber.receive();
    assertThat(remembered.without("position"))
        .isEqualTo(chat("hi").with("k", "v").with("status", "401").with("channel", "room:a"));
    assertThat(remembered.headers().is("position", "e-7")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4", "1000", "1048577", "999999999999999999", "9223372036854775807",
        "99999999999999999999999", "-5", "+7", "x", ""
      })
  void forgedNumber_doesNotStopLaterPublications(String number) throws Exception {
    var subscription = plain.subscribe("lhttp.plain");
    plain.flush(Duration.ofSeconds(10));
    publish("plain", "1");
    assertThat(subscriber.receive().body()).isEqualTo("1");
    var run = subscription.nextMessage(TestClient.PATIENCE).getReplyTo();

    var prefix = run.substring(0, run.lastIndexOf('.') + 1);
    plain.publish("lhttp.plain", prefix + number, chat("forged").toBytes());
    assertThat(subscriber.receive().body()).isEqualTo("forged");

    for (var i = 2; i < 7; i++) {
      publish("plain", Integer.toString(i));
      assertThat(subscriber.receive().body()).isEqualTo(Integer.toString(i));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "next, last",
    "next, 0",
    "2000000, 0",
    "2000000, last",
    "999999999999999, 0",
    "9223372036854775807, 0",
    "99999999999999999999, 0",
    "-1, 0",
    "+3, 0"
  })
  void forgedSequence_doesNotStopStoredMessages(String sequence, String before) throws Exception {
    publish("room:a", "1");
    var first = subscriber.receive();
    assertThat(first.body()).isEqualTo("1");
    var last = 1L;

    var headers = new Headers();
    headers.put("Nats-Stream", STREAM);
    headers.put("Nats-Sequence", sequence.equals("next") ? Long.toString(last + 1) : sequence);
    headers.put("Nats-Last-Sequence", before.equals("last") ? Long.toString(last) : before);
    plain.publish("lhttp.live.room_3Aa", headers, chat("forged").toBytes());
    plain.flush(Duration.ofSeconds(10));

    var bodies = new ArrayList<String>();
    for (var i = 2; i < 6; i++) {
      publish("room:a", Integer.toString(i));
    }
    while (!bodies.contains("5")) {
      bodies.add(subscriber.receive().body());
    }
    bodies.remove("forged");
    assertThat(bodies).containsExactly("2", "3", "4", "5");
    var late = cluster.connect(cluster.server(broker()));
    late.send(Message.builder("x").header("subscribe", "room:a").header("last", "9").build());
    late.receive();
    assertThat(late.receive(5)).extracting(Message::body).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void publishedRequest_bringsNoSecretsToNats() throws Exception {
    var live = plain.subscribe("lhttp.plain");
    plain.flush(Duration.ofSeconds(10));
    var server = cluster.server(broker());
    var request =
        chat("hello")
            .with("Authorization", "Bearer secret")
            .with("cookie", "session=secret")
            .with("id", "7")
            .with("k", "v");

    for (var channel : List.of("plain", "room:a")) {
      server.publish(channel, request);
      assertThat(subscriber.receive().body()).isEqualTo("hello");
    }

    var sent = live.nextMessage(TestClient.PATIENCE).getData();
    var stored = plain.jetStreamManagement().getMessage(STREAM, 1).getData();
    assertThat(List.of(new String(sent, UTF_8), new String(stored, UTF_8)))
        .containsOnly("LHTTP/1.0 chat\r\nk:v\r\n\r\nhello");
  }

  @Test
  void messagesOfLaterVersion_areSkippedAndOthersDelivered() throws Exception {
    var newer = new Headers();
    newer.put("Lhttp-Version", "2");
    for (var version : List.of("2", "999999999", "99999999999", "x")) {
      newer.put("Lhttp-Version", version);
      plain.publish("lhttp.plain", newer, "anything".getBytes(UTF_8));
      plain.publish("lhttp.plain", newer, chat("newer").toBytes());
    }
    var format = new Headers();
    format.put("Lhttp-Format", "cbor");
    plain.publish("lhttp.plain", format, chat("newer").toBytes());
    plain.publish("lhttp.plain", "lhttp-number-2.a.b.7", chat("numbered anew").toBytes());
    var known = new Headers();
    known.put("Lhttp-Version", "1");
    plain.publish("lhttp.plain", known, chat("known").toBytes());

    assertThat(subscriber.receive(2))
        .extracting(Message::body)
        .containsExactly("numbered anew", "known");
    assertThat(
            broker.metrics().stream()
                .filter(m -> m.name().equals("nats_unsupported_version"))
                .map(m -> m.value()))
        .containsExactly(9.0);
  }

  private NatsBroker broker() {
    return new NatsBroker(
        NatsSettings.DEFAULT.servers(List.of(nats.uri())),
        Map.of("room:*", new Retention(100, Duration.ofMinutes(10), 1 << 20)));
  }

  private void publish(String channel, String body) {
    var message = chat(body).with("publish", channel).with("ack", "true");
    assertThat(publisher.request(message).header("status")).contains("200");
  }

  private static Message chat(String body) {
    return Message.of("chat", body);
  }
}
