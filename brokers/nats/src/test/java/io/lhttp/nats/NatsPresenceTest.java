package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Principal;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers share the members of a channel over a real NATS. */
class NatsPresenceTest {
  private static final String ROOM = "räume:*";

  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void members_areKnownOnAllServersAfterNatsOutage() throws Exception {
    var nats = keep(NatsServer.start(folder));
    var one = server(nats);
    var other = server(nats);
    enter(one, "mia");
    var watcher = connect(other);
    watcher.send(
        Message.builder("x").header("subscribe", ROOM).header("presence-events", "true").build());
    until(watcher, "\"user\":\"mia\"");
    var jon = enter(one, "jon");
    until(watcher, "\"joined\":[{\"user\":\"jon\"");

    nats.kill();
    Eventually.holds(
        "both miss NATS", () -> !one.server().connected() && !other.server().connected());
    jon.unsubscribe(ROOM);
    enter(one, "eve");
    nats.restart();

    var received = "";
    while (!received.contains("\"user\":\"eve\"")
        || !received.contains("\"left\":[{\"user\":\"jon\"")) {
      received += watcher.receive().body();
    }
    var answer = watcher.request(Message.builder("presence").header("channel", ROOM).build());
    assertThat(answer.body()).contains("\"mia\"", "\"eve\"").doesNotContain("\"jon\"");
  }

  private record Running(LhttpServer lhttp, NatsBroker server) {}

  private Running server(NatsServer nats) throws Exception {
    var presence = new Presence(ROOM, new PresenceRule(Duration.ofMillis(500), false, 100));
    var broker = new NatsBroker(NatsSettings.DEFAULT.servers(List.of(nats.uri())));
    var over = keep(presence.over(broker));
    var lhttp =
        keep(
            LhttpServer.builder()
                .host("127.0.0.1")
                .port(0)
                .broker(over)
                .filter("pubsub", new PubSubFilter().with(presence))
                .processor(
                    "login",
                    exchange -> {
                      var user = exchange.request().body();
                      exchange.connection().authenticate(new Principal(user, Map.of()));
                      exchange.reply().send();
                    })
                .start());
    return new Running(lhttp, broker);
  }

  private TestClient enter(Running server, String user) {
    var client = connect(server);
    client.request(Message.of("login", user));
    client.subscribe(ROOM);
    return client;
  }

  private TestClient connect(Running server) {
    return keep(TestClient.connect(server.lhttp.uri()));
  }

  /** Returns the first message whose body contains this text. */
  private static String until(TestClient client, String text) {
    while (true) {
      var body = client.receive().body();
      if (body.contains(text)) {
        return body;
      }
    }
  }

  private <T extends AutoCloseable> T keep(T one) {
    open.add(one);
    return one;
  }
}
