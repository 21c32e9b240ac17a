package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.control.Reach;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.revocation.Credential;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A revocation on one server ends connections on all servers, and says which ones confirmed it. */
class RevocationServersTest {
  /** Logs the connection in as the user in the body, by a token that was issued in 1970. */
  private static final Processor LOGIN =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          var user = exchange.request().body();
          exchange.connection().authenticate(new Principal(user, Map.of()));
          new Credential(user, Optional.empty(), "", Optional.of(Instant.EPOCH), false)
              .keep(exchange.connection());
          exchange.send("hello");
        }
      };

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
  void revocation_closesConnectionsOnBothServersAndNamesThem() throws Exception {
    var one = server(nats.uri());
    var other = server(nats.uri());
    Eventually.holds("both know each other", () -> servers(one) == 2 && servers(other) == 2);
    var here = login(one, "tom");
    var there = login(other, "tom");
    var eve = login(other, "eve");

    var changes =
        done(one.control().revoke(Revocation.user("tom", Instant.now(), Optional.empty())));

    assertThat(changes.changed()).isEqualTo(2);
    assertThat(changes.reach().servers()).extracting(Reach.Server::connections).containsOnly(1L);
    assertThat(changes.reach().silent()).isEmpty();
    for (var client : List.of(here, there)) {
      assertThat(client.closed().code()).isEqualTo(4401);
    }
    assertThat(eve.request(Message.of("login", "eve")).body()).isEqualTo("hello");
    assertThat(done(other.control().unrevoke(Revocation.Kind.USER, "tom")).reach().servers())
        .hasSize(2);
  }

  @Test
  void serverThatWasCutOff_isNamedAndCatchesUp() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var whole = server(nats.uri());
      var cut = server(relay.uri());
      Eventually.holds("both know each other", () -> servers(whole) == 2 && servers(cut) == 2);
      var tom = login(cut, "tom");
      relay.cut();
      Eventually.holds("cut off", () -> NatsCluster.readiness(cut) == 503);
      var late = cluster.connect(cut);
      assertThat(late.request(Message.of("login", "tom")).header("status")).contains("503");

      var changes = done(whole.control().block("tom", Optional.empty()));

      assertThat(changes.reach().servers()).hasSize(1);
      assertThat(changes.reach().silent()).hasSize(1);
      assertThat(late.request(Message.of("login", "eve")).header("status")).contains("503");
      relay.mend();

      assertThat(tom.closed().code()).isEqualTo(4403);
      Eventually.holds("ready", () -> NatsCluster.readiness(cut) == 200);
      assertThat(late.request(Message.of("login", "eve")).body()).isEqualTo("hello");
      var blocked = cluster.connect(cut);
      blocked.send(Message.of("login", "tom"));
      assertThat(blocked.closed().code()).isEqualTo(4403);
    }
  }

  private LhttpServer server(URI uri) throws Exception {
    var broker =
        cluster.keep(
            new NatsBroker(
                TestSettings.of(uri, "lhttp.", WhenAway.LOCAL, true, TestSettings.BUFFER)));
    var list = cluster.keep(Revocations.in(broker.revocations(), Bounds.DEFAULT));
    list.start(Duration.ZERO);
    var server =
        cluster.keep(
            LhttpServer.builder()
                .host("127.0.0.1")
                .port(0)
                .broker(broker)
                .revocations(list)
                .processor("login", LOGIN)
                .start());
    Eventually.holds("the list is known", () -> list.trouble().isEmpty());
    return server;
  }

  private TestClient login(LhttpServer server, String user) {
    var client = cluster.connect(server);
    assertThat(client.request(Message.of("login", user)).body()).isEqualTo("hello");
    return client;
  }

  private static int servers(LhttpServer server) {
    try {
      return done(server.control().info()).servers().size();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
