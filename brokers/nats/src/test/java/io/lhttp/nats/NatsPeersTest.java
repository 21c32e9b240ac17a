package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Broker;
import io.lhttp.channel.Peers;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.PeersContract;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers find and ask each other over a real NATS. */
class NatsPeersTest {
  @TempDir static Path folder;

  private static NatsServer nats;
  private static final AtomicInteger clusters = new AtomicInteger();

  private final NatsCluster cluster = new NatsCluster();

  @BeforeAll
  static void startNats() throws Exception {
    nats = NatsServer.start(folder);
  }

  @AfterAll
  static void stopNats() {
    if (nats != null) {
      nats.close();
    }
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  private static NatsSettings settings(String prefix, boolean localDelivery) {
    return TestSettings.of(nats, prefix, NatsSettings.WhenAway.REFUSE, localDelivery);
  }

  private static String freshPrefix() {
    return "c" + clusters.incrementAndGet() + ".";
  }

  @Nested
  class WithoutEcho extends PeersContract {
    private final String prefix = freshPrefix();

    @Override
    protected Broker create() {
      return new NatsBroker(settings(prefix, true));
    }
  }

  @Nested
  class WithEcho extends PeersContract {
    private final String prefix = freshPrefix();

    @Override
    protected Broker create() {
      return new NatsBroker(settings(prefix, false));
    }
  }

  @Test
  void emptyPrefix_peersAreNotKnown() {
    assertThat(cluster.keep(new NatsBroker(settings("", true))).peers()).isEmpty();
  }

  @Test
  void otherPrefix_isAnotherCluster() throws Exception {
    var one = joined(freshPrefix(), "one");
    joined(freshPrefix(), "other");

    Eventually.holds("it knows that it is alone", () -> ask(one).complete());
    assertThat(ask(one).byServer()).isEmpty();
  }

  @Test
  void natsAway_knownServersAreNamedAndAnswerIsIncomplete() throws Exception {
    var own = NatsServer.start(folder.resolve("own"));
    cluster.keep(own);
    var settings = NatsSettings.DEFAULT.servers(java.util.List.of(own.uri()));
    var one = joined(settings, "one");
    joined(settings, "two");
    Eventually.holds("one knows two", () -> ask(one).byServer().containsKey("two"));

    own.kill();
    Eventually.holds("one misses NATS", () -> ask(one).silent().contains("two"));

    assertThat(ask(one).complete()).isFalse();
    own.restart();
    Eventually.holds(
        "one reaches two again",
        () -> {
          var answers = ask(one);
          return answers.complete() && answers.byServer().containsKey("two");
        });
  }

  @SuppressWarnings("try") // the close of a connection may be interrupted
  @Test
  void forgedMessages_doNotEndQuestions() throws Exception {
    var prefix = freshPrefix();
    var asked = new CompletableFuture<Void>();
    var answer = new CompletableFuture<String>();
    var one = joined(prefix, "one");
    var two = cluster.broker(settings(prefix, true)).peers().orElseThrow();
    two.join(
        "two",
        (question, patience) -> {
          if (question.equals("hi")) {
            return CompletableFuture.completedStage("ready");
          }
          asked.complete(null);
          return answer;
        });
    Eventually.holds("one knows two", () -> ask(one).byServer().containsKey("two"));

    var answers = one.ask("slow", TestClient.PATIENCE).toCompletableFuture();
    asked.get(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    try (var stranger = io.nats.client.Nats.connect(nats.uri().toString())) {
      for (var body :
          new String[] {
            "",
            "no message",
            "LHTTP/1.0 servers\r\nkind:answer\r\nserver:two\r\nquestion:ffff\r\n\r\nforged",
            "LHTTP/1.0 servers\r\nkind:answer\r\nserver:two\r\n\r\nforged",
            "LHTTP/1.0 servers\r\nkind:answer\r\nserver:../two\r\nquestion:ffff\r\n\r\nforged",
            "LHTTP/1.0 servers\r\nkind:ask\r\nserver:two\r\nquestion:" + "x".repeat(99),
            "LHTTP/1.0 servers\r\nkind:later\r\nserver:x\r\n\r\n",
          }) {
        stranger.publish(
            prefix + "servers_20one", body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        stranger.publish(
            prefix + "servers_20all", body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
      stranger.flush(TestClient.PATIENCE);
    }
    answer.complete("genuine");

    assertThat(answers.get(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS).byServer())
        .containsEntry("two", "genuine");
  }

  private Peers joined(String prefix, String name) {
    return joined(settings(prefix, true), name);
  }

  private Peers joined(NatsSettings settings, String name) {
    var peers = cluster.broker(settings).peers().orElseThrow();
    peers.join(name, (question, patience) -> CompletableFuture.completedStage(name));
    return peers;
  }

  private static Peers.Answers ask(Peers peers) {
    try {
      return peers
          .ask("hi", Duration.ofSeconds(2))
          .toCompletableFuture()
          .get(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
