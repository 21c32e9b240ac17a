package io.lhttp.server.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.control.Connections;
import io.lhttp.control.Target;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.fixture.Servers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The operations on one server's connections. */
class LocalControlTest {
  /** Logs the connection in as the user in the body, with a session of that name, and replies. */
  private static final Processor LOGIN =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          var user = exchange.request().body();
          exchange.connection().authenticate(new Principal(user, Map.of("sid", "s-" + user)));
          exchange.connection().send(Message.of("hello", exchange.connection().id()));
        }
      };

  @Test
  void disconnect_byUser_closesThatUsersConnectionsAlone() throws Exception {
    try (var server = start();
        var alice = RawClient.open(server.port());
        var phone = RawClient.open(server.port());
        var bob = RawClient.open(server.port())) {
      login(alice, "alice");
      login(phone, "alice");
      login(bob, "bob");

      var changes =
          done(
              server.control().disconnect(Target.user("alice"), CloseStatus.POLICY.because("out")));

      assertThat(changes.changed()).isEqualTo(2);
      assertThat(changes.reach().connections()).isEqualTo(2);
      assertThat(changes.reach().complete()).isTrue();
      assertThat(alice.closeFrame().closeReason()).isEqualTo("out");
      assertThat(phone.closeCode()).isEqualTo(CloseStatus.POLICY.code());
      bob.text(Servers.echo("still here"));
      assertThat(bob.receive().body()).isEqualTo("still here");
    }
  }

  @Test
  void connections_withLimit_areListedInPages() throws Exception {
    try (var server = start();
        var alice = RawClient.open(server.port());
        var bob = RawClient.open(server.port())) {
      var first = login(alice, "alice");
      var second = login(bob, "bob");

      var page = done(server.control().connections(Optional.empty(), 1));
      assertThat(page.truncated()).isTrue();
      var rest =
          done(
              server
                  .control()
                  .connections(Optional.empty(), page.connections().getFirst().id(), 10));

      assertThat(rest.truncated()).isFalse();
      assertThat(List.of(page.connections().getFirst(), rest.connections().getFirst()))
          .extracting(Connections.Item::id, Connections.Item::user, c -> c.session().orElseThrow())
          .containsExactlyInAnyOrder(
              org.assertj.core.groups.Tuple.tuple(first, "alice", "s-alice"),
              org.assertj.core.groups.Tuple.tuple(second, "bob", "s-bob"));
      assertThat(done(server.control().connections(Optional.of(Target.session("s-bob")), 10)))
          .extracting(c -> c.connections().size())
          .isEqualTo(1);
    }
  }

  @Test
  void subscribe_thenPublish_reachesTheClientAndTellsIt() throws Exception {
    try (var server = start();
        var alice = RawClient.open(server.port())) {
      login(alice, "alice");

      assertThat(
              done(server
                      .control()
                      .subscribe(Target.user("alice"), List.of("room"), Optional.empty()))
                  .changed())
          .isEqualTo(1);
      done(server.control().publish("room", Message.of("news", "x")));

      assertThat(alice.receive().header("subscribed")).contains("room");
      assertThat(alice.receive().body()).isEqualTo("x");
    }
  }

  private static LhttpServer start() throws Exception {
    return Servers.start(builder -> builder.processor("login", LOGIN));
  }

  private static String login(RawClient client, String user) throws Exception {
    client.text("LHTTP/1.0 login\r\n\r\n" + user);
    return client.receive().body();
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
