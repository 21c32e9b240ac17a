package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.control.Target;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The filter {@code quota} counts connections of sockets, and goes on to count after a reload. */
class QuotaReloadTest extends ReloadFixture {
  private static final Map<String, Retention> HISTORIES =
      Map.of("room", Retention.DEFAULT, "small", new Retention(2, Duration.ofMinutes(10), 1 << 20));

  @Override
  LhttpServer.Builder configured(LhttpServer.Builder builder) {
    return super.configured(builder).broker(new MemoryBroker(HISTORIES));
  }

  @Test
  void connectionsOfSockets_areCountedUntilTheyEndAndAcrossReload() throws Exception {
    start("connections: 2");
    try (var second = TestClient.connect(server.uri())) {
      assertThat(second.request(Message.of("tenant", "")).body()).isEqualTo("undefined");
      assertRefused();

      reload("connections: 3");
      try (var third = TestClient.connect(server.uri())) {
        assertThat(third.request(Message.of("tenant", "")).header("status")).isEmpty();
        assertRefused();

        reload("connections: 2");
        assertThat(second.request(Message.of("tenant", "")).header("status")).isEmpty();
        assertThat(third.request(Message.of("tenant", "")).header("status")).isEmpty();
      }
    }
    Eventually.holds("there is room again", this::admitted);
  }

  @Test
  void subscriptions_endByServerApi_areGivenBack() throws Exception {
    start("subscriptions: 2");
    client.subscribe("a", "b");
    assertThat(subscribe("c")).contains("409 no more than 2 subscriptions of this tenant");

    var _ =
        server
            .control()
            .unsubscribe(Target.connection(connection()), List.of("a"))
            .toCompletableFuture()
            .get();
    assertThat(client.receive().header("unsubscribed")).contains("a");
    Eventually.holds("a subscription was given back", () -> subscribe("c").isEmpty());

    reload("subscriptions: 1");
    assertThat(subscribe("d")).startsWith("409");
    client.unsubscribe("b", "c");
    Eventually.holds("the new limit has room", () -> subscribe("d").isEmpty());
  }

  @Test
  void historyBytes_ofTenant_areLimitedAndGivenBackByReset() throws Exception {
    configure("history-bytes: 4KiB");
    start();
    var body = "x".repeat(1_000);
    for (var i = 0; i < 20; i++) {
      assertThat(publish("small", body)).as("displaces its own").isEqualTo("200");
      assertThat(publish("plain", body)).as("has no history").isEqualTo("200");
    }
    assertThat(publish("room", body)).isEqualTo("200");
    assertThat(publish("room", body))
        .isEqualTo("409 no more than 4096 bytes in histories of this tenant");

    var _ = server.control().resetHistory("small").toCompletableFuture().get();
    assertThat(publish("room", body)).isEqualTo("200");
    assertThat(publish("room", body)).isEqualTo("200");
    assertThat(publish("room", body)).startsWith("409");
  }

  private String publish(String channel, String body) {
    var reply =
        client.request(
            Message.builder("s")
                .header("publish", channel)
                .header("ack", "true")
                .body(body)
                .build());
    return reply
        .header("error")
        .map(e -> reply.header("status").orElse("") + " " + e)
        .orElse(reply.header("status").orElse(""));
  }

  @Test
  void tenantOfUser_isSeenByScript() throws Exception {
    write(
        "filters/Login.java",
        """
        import io.lhttp.*;
        public class Login implements Filter {
          public void onOpen(Connection c) {
            c.authenticate(new Principal("acme", java.util.Map.of()));
          }
        }
        """);
    write("processors/tenant.js", TENANT);
    write("lhttp.yaml", "chain: [ Login, quota: { tenant: user }, pubsub ]\n");
    start();
    assertThat(ask("tenant", "")).isEqualTo("acme");
  }

  private static final String TENANT =
      """
      export function onMessage(ctx) {
        ctx.send(String(ctx.connection.attributes.get("quota.tenant")));
      }
      """;

  private void start(String limits) throws Exception {
    write("processors/tenant.js", TENANT);
    write("processors/id.js", "export function onMessage(ctx) { ctx.send(ctx.connection.id); }");
    configure(limits);
    start();
  }

  private void configure(String limits) throws Exception {
    write("lhttp.yaml", "chain: [ quota: { %s }, pubsub ]\n".formatted(limits));
  }

  private void reload(String limits) throws Exception {
    configure(limits);
    assertThat(changes()).contains("quota handed over");
  }

  private String connection() {
    return ask("id", "");
  }

  /** Subscribes; returns the refusal, or an empty text. */
  private String subscribe(String channel) {
    var reply =
        client.request(
            Message.builder("s").header("subscribe", channel).header("ack", "true").build());
    return reply.header("error").map(e -> reply.header("status").orElse("") + " " + e).orElse("");
  }

  private void assertRefused() {
    try (var refused = TestClient.connect(server.uri())) {
      var close = refused.closed();
      assertThat(close.code()).isEqualTo(4429);
      assertThat(close.reason()).isEqualTo("too many connections of this tenant");
    }
  }

  private boolean admitted() {
    try (var other = TestClient.connect(server.uri())) {
      other.send(Message.of("tenant", ""));
      return other.receive().header("status").isEmpty();
    } catch (AssertionError | IllegalStateException ignored) {
      return false;
    }
  }
}
