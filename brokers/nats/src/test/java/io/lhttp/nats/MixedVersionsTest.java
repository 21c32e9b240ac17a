package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.channel.Retention;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.StreamIncarnation;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server exchanges messages and presence with a server of 0.1.0, replayed from records of its
 * traffic.
 */
class MixedVersionsTest {
  private static final String RUN = "lhttp-number.Tltl9nMqerJXA16o9JWUoA.zz2hrckw.";
  private static final String PRESENCE = "lhttp.presence_20room_3Aa";
  private static final String STREAM = "lhttp+history+room_3A_2A";

  private static final String BEAT =
      "LHTTP/1.0 presence\r\nserver:56571bcd80aeab3ffc\r\nkind:beat\r\n\r\n";
  private static final String CHANGES =
      "LHTTP/1.0 presence\r\nserver:56571bcd80aeab3ffc\r\nkind:changes\r\nversion:1795996184086001\r\n"
          + "count:1\r\nfirst:true\r\n\r\nsold1  Hun2US24fyyqAAAAAQ 1795996184080\n";
  private static final String DIGEST =
      "LHTTP/1.0 presence\r\nserver:56571bcd80aeab3ffc\r\nkind:digest\r\nversion:1795996184086001\r\n"
          + "count:1\r\n\r\n";
  private static final String ASK =
      "LHTTP/1.0 presence\r\nserver:56571bcd80aeab3ffc\r\nkind:ask\r\n\r\n";
  private static final String LEFT =
      "LHTTP/1.0 presence\r\nserver:56571bcd80aeab3ffc\r\nkind:changes\r\nversion:1795996184086002\r\n"
          + "count:0\r\n\r\nsold1\n";

  /** The pattern with which version 0.1.0 reads the description of a stream. */
  private static final Pattern NOTES = Pattern.compile(".*; whole-from=(\\d+); renewed=(\\d+)");

  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Connection older;
  private NatsBroker broker;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    var nats = NatsServer.start(folder, "-js");
    open.add(nats);
    older = Nats.connect(nats.uri().toString());
    open.add(older);
    broker =
        new NatsBroker(
            NatsSettings.DEFAULT.servers(List.of(nats.uri())),
            Map.of("room:*", new Retention(100, Duration.ofMinutes(10), 1 << 20)));
    open.add(broker);
    var presence = new Presence("room:*", new PresenceRule(Duration.ZERO, false, 100));
    var server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .eventLoops(1)
            .broker(presence.over(broker))
            .filter("pubsub", new PubSubFilter().with(presence))
            .start();
    open.add(server);
    client = TestClient.connect(server.uri());
    open.add(client);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void publicationOfOlderServer_isDelivered() throws Exception {
    client.subscribe("plain", "room:a");
    broker.settle(Duration.ofSeconds(10));

    for (var number : List.of(1, 2, 4)) {
      older.publish(
          "lhttp.plain",
          RUN + number,
          ("LHTTP/1.0 chat\r\npublish:plain\r\nmissed:9\r\nchannel:x\r\nack:true\r\n\r\nold plain "
                  + number)
              .getBytes(UTF_8));
    }
    var binary = new Headers();
    binary.put("Lhttp-Format", "binary");
    var bytes = "LHTTP/1.0 chat\r\npublish:plain\r\n\r\n\u00ff\0\1".getBytes(ISO_8859_1);
    older.publish("lhttp.plain", RUN + 5, binary, bytes);

    assertThat(client.receive(4))
        .extracting(m -> new String(m.toBytes(), ISO_8859_1))
        .containsExactly(
            "LHTTP/1.0 chat\r\npublish:plain\r\nchannel:plain\r\n\r\nold plain 1",
            "LHTTP/1.0 chat\r\npublish:plain\r\nchannel:plain\r\n\r\nold plain 2",
            "LHTTP/1.0 chat\r\npublish:plain\r\nchannel:plain\r\nmissed:1\r\n\r\nold plain 4",
            "LHTTP/1.0 chat\r\npublish:plain\r\nchannel:plain\r\n\r\n\u00ff\0\1");

    var stored = new Headers();
    stored.put("Nats-Expected-Stream", STREAM);
    older.publish(
        "lhttp.history.room_3A_2A.room_3Aa",
        stored,
        "LHTTP/1.0 chat\r\npublish:room:a\r\nmissed:9\r\nack:true\r\n\r\nold stored"
            .getBytes(UTF_8));
    assertThat(new String(client.receive().toBytes(), UTF_8))
        .matches(
            "LHTTP/1.0 chat\r\npublish:room:a\r\nchannel:room:a\r\nposition:[a-z0-9]+-[0-9]+\r\n\r\n"
                + "old stored");
  }

  @Test
  void publication_isReadableByOlderServer() throws Exception {
    var subscription = older.subscribe("lhttp.plain");
    var live = older.subscribe("lhttp.live.room_3Aa");
    older.flush(Duration.ofSeconds(10));

    client.send(Message.builder("chat").header("publish", "plain room:a").body("new").build());
    client.send(
        Message.builder("chat").header("publish", "plain").body(new byte[] {-1, 0, 1}).build());

    var text = subscription.nextMessage(TestClient.PATIENCE);
    assertThat(text.hasHeaders()).isFalse();
    assertThat(text.getReplyTo()).matches("lhttp-number\\.[A-Za-z0-9]+\\.[a-z0-9]+\\.1");
    assertThat(new String(text.getData(), UTF_8))
        .isEqualTo("LHTTP/1.0 chat\r\npublish:plain room:a\r\n\r\nnew");
    var binary = subscription.nextMessage(TestClient.PATIENCE);
    assertThat(binary.getHeaders().getLast("Lhttp-Format")).isEqualTo("binary");
    assertThat(binary.getReplyTo()).endsWith(".2");
    var stored = live.nextMessage(TestClient.PATIENCE);
    assertThat(stored.getHeaders().getLast("Nats-Stream")).isEqualTo(STREAM);
    assertThat(stored.getHeaders().getLast("Lhttp-Format")).isNull();
    assertThat(new String(stored.getData(), UTF_8))
        .isEqualTo("LHTTP/1.0 chat\r\npublish:plain room:a\r\n\r\nnew");
    var notes = older.jetStreamManagement().getStreamInfo(STREAM).getConfiguration();
    assertThat(NOTES.matcher(notes.getDescription()).matches()).isTrue();
  }

  @Test
  void presence_isExchangedWithOlderServer() throws Exception {
    var received = new ConcurrentLinkedQueue<String>();
    older
        .createDispatcher(m -> received.add(new String(m.getData(), UTF_8)))
        .subscribe(PRESENCE)
        .subscribe("lhttp.presence_20");
    older.flush(Duration.ofSeconds(10));
    client.send(
        Message.builder("join")
            .header("subscribe", "room:a")
            .header("presence-session", "new1")
            .header("presence-events", "true")
            .build());
    assertThat(client.receive().header("count")).contains("1");
    var server = "LHTTP/1.0 presence\r\nwire:1\r\nserver:[0-9a-f]{18}\r\nkind:";
    awaitMessage(received, server + "beat\r\n\r\n");
    awaitMessage(
        received,
        server
            + "changes\r\nversion:[0-9]+\r\ncount:1\r\nfirst:true\r\n\r\nsnew1  [^ ]+ [0-9]{13}\n");

    older.publish("lhttp.presence_20", BEAT.getBytes(UTF_8));
    older.publish(PRESENCE, CHANGES.getBytes(UTF_8));
    older.publish(PRESENCE, DIGEST.getBytes(UTF_8));
    var joined = client.receive();
    assertThat(joined.header("count")).contains("2");
    assertThat(joined.body()).contains("Hun2US24fyyqAAAAAQ");

    older.publish(PRESENCE, ASK.getBytes(UTF_8));
    awaitMessage(
        received,
        server
            + "state\r\nversion:[0-9]+\r\ncount:1\r\npart:0\r\nparts:1\r\n\r\n"
            + "snew1  [^ ]+ [0-9]{13}\n");

    older.publish(PRESENCE, LEFT.getBytes(UTF_8));
    var left = client.receive();
    assertThat(left.header("count")).contains("1");
    assertThat(left.body()).contains("\"left\":[{\"connection\":\"Hun2US24fyyqAAAAAQ\"");
  }

  @Test
  void streamDescription_ofEachVersion_isRead() {
    var before = "LHTTP, history of room:*; whole-from=7; renewed=1800000000000";
    assertThat(StreamIncarnation.of(before, 5, "s"))
        .isEqualTo(new StreamIncarnation(1_800_000_000_000L, 7));
    assertThat(
            StreamIncarnation.of(StreamIncarnation.notes("room:*", 7, 1_800_000_000_000L), 5, "s"))
        .isEqualTo(StreamIncarnation.of(before, 5, "s"));
    assertThat(
            StreamIncarnation.of("LHTTP/1, history of a; whole-from=7; renewed=9; more=1", 5, "s"))
        .isEqualTo(new StreamIncarnation(9, 7));
    for (var none :
        List.of("", "mine", "LHTTP, history of a; whole-from=99999999999999999999; renewed=1")) {
      assertThat(StreamIncarnation.of(none, 5, "s")).isEqualTo(new StreamIncarnation(5, 0));
    }
    assertThatThrownBy(
            () -> StreamIncarnation.of("LHTTP/2, history of a; whole-from=7; renewed=9", 5, "s"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("later version");
  }

  private static void awaitMessage(ConcurrentLinkedQueue<String> received, String form) {
    var pattern = Pattern.compile(form);
    Eventually.holds(form, () -> received.stream().anyMatch(m -> pattern.matcher(m).matches()));
  }
}
