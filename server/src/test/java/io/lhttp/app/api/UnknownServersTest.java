package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.api.method.Changed;
import io.lhttp.app.api.method.Disconnect;
import io.lhttp.app.api.method.Info;
import io.lhttp.app.api.method.Ran;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Peers;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** An answer says that servers may be missing which nobody knows. */
class UnknownServersTest {
  /** As NATS is, when it was out of reach since the start of the server. */
  private static final class Away implements Peers {
    @Override
    public void join(String server, Handler handler) {}

    @Override
    public CompletionStage<Answers> ask(String question, Duration deadline) {
      return CompletableFuture.completedStage(Answers.none(/* complete= */ false));
    }

    @Override
    public void leave() {}
  }

  @Test
  void serversThatNobodyCouldAsk_makeTheStatus503() throws Exception {
    var broker =
        new ForwardingBroker(new MemoryBroker(Map.of())) {
          @Override
          public Optional<Peers> peers() {
            return Optional.of(new Away());
          }
        };
    try (var server = LhttpServer.builder().host("127.0.0.1").port(0).broker(broker).start()) {
      var mia = Optional.of("mia");
      Optional<String> none = Optional.empty();
      var disconnect =
          new Disconnect(mia, none, none, none, Optional.empty(), none, Optional.empty());

      var ran = Ran.of(disconnect, server.control());

      assertThat(ran.status()).isEqualTo(503);
      assertThat(ran.answer().orElseThrow())
          .isInstanceOfSatisfying(
              Changed.class,
              changed -> {
                assertThat(changed.servers().answered()).hasSize(1);
                assertThat(changed.servers().moreMayExist()).contains(true);
              });
    }
  }

  /** One server that was last heard of 42 seconds ago. */
  private static final class Ghost implements Peers {
    @Override
    public void join(String server, Handler handler) {}

    @Override
    public CompletionStage<Answers> ask(String question, Duration deadline) {
      return CompletableFuture.completedStage(
          new Answers(new TreeMap<>(), List.of("ghost"), /* complete= */ true));
    }

    @Override
    public Map<String, Duration> sinceHeard() {
      return Map.of("ghost", Duration.ofSeconds(42), "alive", Duration.ZERO);
    }

    @Override
    public void leave() {}
  }

  @Test
  void silentServer_isNamedWithTheSecondsSinceItWasHeard() throws Exception {
    var broker =
        new ForwardingBroker(new MemoryBroker(Map.of())) {
          @Override
          public Optional<Peers> peers() {
            return Optional.of(new Ghost());
          }
        };
    try (var server = LhttpServer.builder().host("127.0.0.1").port(0).broker(broker).start()) {
      var ran = Ran.of(new Info(Optional.empty()), server.control());

      assertThat(ran.status()).isEqualTo(503);
      var servers = ((Info.Answer) ran.answer().orElseThrow()).servers();
      assertThat(servers.silent()).containsExactly("ghost");
      assertThat(servers.silentSeconds()).contains(Map.of("ghost", 42L));
    }
  }
}
