package io.lhttp.server.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.control.Connections;
import io.lhttp.control.Target;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.Servers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  @Test
  void operationOnManyConnections_letsOtherTasksOfTheEventLoopRun() throws Exception {
    var subscribed = new AtomicInteger();
    var seenByOther = new AtomicInteger();
    var other = new CountDownLatch(1);
    var broker =
        new ForwardingBroker(new MemoryBroker()) {
          @Override
          public void joined(Connection connection, String channel) {
            if (subscribed.incrementAndGet() == 1) {
              connection
                  .executor()
                  .execute(() -> {
                    seenByOther.set(subscribed.get());
                    other.countDown();
                  });
            }
          }
        };
    var clients = new ArrayList<RawClient>();
    try (var server =
        Servers.start(builder -> builder.processor("login", LOGIN).broker(broker).eventLoops(1))) {
      for (var i = 0; i < 100; i++) {
        var client = RawClient.open(server.port());
        clients.add(client);
        login(client, "alice");
      }

      var changes =
          done(
              server
                  .control()
                  .within(Duration.ofSeconds(30))
                  .subscribe(Target.user("alice"), List.of("room"), Optional.empty()));

      assertThat(changes.changed()).isEqualTo(100);
      assertThat(other.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(seenByOther.get()).isLessThan(100);
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
  }

  @Test
  void subscribe_beyondLimitOfChannels_isRefusedAndTold() throws Exception {
    try (var server =
            Servers.start(builder ->
                builder.processor("login", LOGIN).limits(Limits.builder().channels(1).build()));
        var alice = RawClient.open(server.port())) {
      login(alice, "alice");

      var changes =
          done(
              server
                  .control()
                  .subscribe(Target.user("alice"), List.of("a", "b"), Optional.empty()));

      assertThat(changes.changed()).isZero();
      assertThat(changes.reach().connections()).isEqualTo(1);
      assertThat(changes.refusals())
          .singleElement()
          .satisfies(refusal -> assertThat(refusal.why().status()).isEqualTo(409))
          .satisfies(refusal -> assertThat(refusal.connections()).isEqualTo(1));
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
