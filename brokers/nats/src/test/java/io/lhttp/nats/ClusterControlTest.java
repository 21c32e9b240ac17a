package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Principal;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.Members;
import io.lhttp.control.Servers;
import io.lhttp.control.Target;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations reach the connections of all servers over a real NATS, or say which they miss. */
class ClusterControlTest {
  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;

  /** The last connection of each user. */
  private final Map<String, Connection> connections = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder);
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @Test
  void disconnect_byUser_closesConnectionsOfAllServers() throws Exception {
    var one = server();
    var two = server();
    knows(one, 2);
    var here = login(one, "alice");
    var there = login(two, "alice");
    var other = login(two, "bob");

    var changes =
        done(one.control().disconnect(Target.user("alice"), CloseStatus.FORBIDDEN.because("out")));

    assertThat(changes.changed()).isEqualTo(2);
    assertThat(changes.reach().servers()).hasSize(2).allMatch(s -> s.connections() == 1);
    assertThat(changes.reach().complete()).isTrue();
    assertThat(here.closed().code()).isEqualTo(4403);
    assertThat(there.closed().code()).isEqualTo(4403);
    assertThat(other.request(Message.of("login", "bob")).body()).isEqualTo("bob");
  }

  @Test
  void subscribeAndPresence_acrossServers_countEveryConnection() throws Exception {
    var one = server();
    var two = server();
    knows(one, 2);
    var alice = login(one, "alice");
    var tablet = login(two, "alice");
    login(two, "bob");

    var subscribed =
        done(one.control().subscribe(Target.user("alice"), List.of("room"), Optional.empty()));
    done(two.control().subscribe(Target.user("bob"), List.of("room"), Optional.empty()));
    done(two.control().publish("room", Message.of("news", "x")));

    assertThat(subscribed.changed()).isEqualTo(2);
    for (var client : List.of(alice, tablet)) {
      assertThat(client.receive().header("subscribed")).contains("room");
      assertThat(client.receive().body()).isEqualTo("x");
    }
    assertThat(done(one.control().presence("room")).members())
        .containsExactly(new Members.Member("alice", 2), new Members.Member("bob", 1));
    var counts = done(one.control().presenceStats("room"));
    assertThat(List.of(counts.connections(), counts.users(), counts.anonymous()))
        .containsExactly(3L, 2L, 0L);
    assertThat(done(two.control().channels("*", 10)).channels())
        .containsExactly(new Channels.Channel("room", 3));
    var left = done(two.control().unsubscribe(Target.channel("room"), List.of("room")));
    assertThat(left.changed()).isEqualTo(3);
    assertThat(alice.receive().header("unsubscribed")).contains("room");
    assertThat(done(one.control().presence("room")).members()).isEmpty();
  }

  @Test
  void connections_acrossServers_areListedInPagesWithoutGapOrRepetition() throws Exception {
    var one = server();
    var two = server();
    knows(one, 2);
    for (var i = 0; i < 5; i++) {
      login(one, "u" + i);
      login(two, "v" + i);
    }

    var ids = new ArrayList<String>();
    var truncated = true;
    while (truncated) {
      var after = ids.isEmpty() ? "" : ids.getLast();
      var page = done(one.control().connections(Optional.empty(), after, 3));
      page.connections().stream().map(Connections.Item::id).forEach(ids::add);
      truncated = page.truncated();
    }

    assertThat(ids).hasSize(10).isSorted();
    assertThat(new HashSet<>(ids)).hasSize(10);
  }

  @Test
  void slowServer_isNamedAndOthersAnswer() throws Exception {
    var one = server();
    var block = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    var two = server();
    knows(one, 2);
    var mine = login(one, "alice");
    login(two, "alice");
    var name =
        done(two.control().info()).servers().stream()
            .filter(Servers.Server::self)
            .findFirst()
            .orElseThrow()
            .id();
    var connection = Objects.requireNonNull(connections.get("alice"));
    connection
        .executor()
        .execute(() -> {
          blocked.countDown();
          try {
            var _ = block.await(60, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
    try {
      var changes =
          done(
              one.control()
                  .within(Duration.ofMillis(300))
                  .disconnect(Target.user("alice"), CloseStatus.FORBIDDEN));

      assertThat(changes.reach().silent()).containsExactly(name);
      assertThat(changes.reach().complete()).isFalse();
      assertThat(changes.changed()).isEqualTo(1);
      assertThat(mine.closed().code()).isEqualTo(4403);
    } finally {
      block.countDown();
    }
  }

  @Test
  void natsAway_knownServersAreNamed() throws Exception {
    var one = server();
    server();
    knows(one, 2);
    var alice = login(one, "alice");

    nats.kill();
    Eventually.holds(
        "the other server is named", () -> now(one.control().info()).reach().silent().size() == 1);
    var changes = done(one.control().disconnect(Target.user("alice"), CloseStatus.FORBIDDEN));

    assertThat(changes.changed()).isEqualTo(1);
    assertThat(changes.reach().silent()).hasSize(1);
    assertThat(changes.reach().allKnown()).isFalse();
    assertThat(alice.closed().code()).isEqualTo(4403);
  }

  @Test
  void closedServer_isForgotten() throws Exception {
    var one = server();
    var two = server();
    knows(one, 2);

    two.close();

    Eventually.holds(
        "one is alone",
        () -> {
          var servers = now(one.control().info());
          return servers.servers().size() == 1 && servers.reach().complete();
        });
  }

  @Test
  void connectionsThatOpenDuringDisconnect_areClosedIfTheyWereLoggedInBefore() throws Exception {
    var one = server();
    var two = server();
    knows(one, 2);
    var early = new ArrayList<TestClient>();
    for (var i = 0; i < 20; i++) {
      early.add(login(i % 2 == 0 ? one : two, "alice"));
    }

    var opening =
        CompletableFuture.supplyAsync(() -> {
          var late = new ArrayList<TestClient>();
          for (var i = 0; i < 20; i++) {
            late.add(TestClient.connect(two.uri()));
          }
          return late;
        });
    var changes = done(one.control().disconnect(Target.user("alice"), CloseStatus.FORBIDDEN));
    opening.get(60, TimeUnit.SECONDS).forEach(TestClient::close);

    assertThat(changes.changed()).isEqualTo(20);
    early.forEach(client -> assertThat(client.closed().code()).isEqualTo(4403));
  }

  private LhttpServer server() throws Exception {
    var broker = cluster.keep(new NatsBroker(NatsSettings.DEFAULT.servers(List.of(nats.uri()))));
    return cluster.keep(
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .eventLoops(2)
            .broker(broker)
            .filter("pubsub", new PubSubFilter())
            .processor(
                "login",
                exchange -> {
                  var user = exchange.request().body();
                  exchange.connection().authenticate(new Principal(user, Map.of()));
                  connections.put(user, exchange.connection());
                  exchange.send(user);
                })
            .start());
  }

  private TestClient login(LhttpServer server, String user) {
    var client = cluster.connect(server);
    assertThat(client.request(Message.of("login", user)).body()).isEqualTo(user);
    return client;
  }

  private static void knows(LhttpServer server, int servers) {
    Eventually.holds(
        "a server knows all",
        () -> {
          var info = now(server.control().info());
          return info.servers().size() == servers && info.reach().complete();
        });
  }

  private static <T> T now(CompletionStage<T> stage) {
    try {
      return done(stage);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
