package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.server.LhttpServer;
import java.io.EOFException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The load with which a fast start is trained. */
class TrainingLoadTest {
  private static final int MESSAGES = 1_000;
  private static final int PER_SECOND = 100_000;

  @Test
  void load_ofWholeTraining_isHandledAndDelivered() throws Exception {
    var handled = new AtomicInteger();
    try (var server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .filter("pubsub", new PubSubFilter())
            .processor("chat", _ -> handled.incrementAndGet())
            .start()) {
      TrainingLoad.run("ws://127.0.0.1:%d/".formatted(server.port()), MESSAGES, PER_SECOND);
    }

    assertThat(handled).hasValue(MESSAGES);
  }

  @Test
  void server_thatClosesConnections_endsLoad() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var refusal =
          new FutureTask<Void>(() -> {
            try (var socket = server.accept()) {
              socket.shutdownOutput();
              socket.getInputStream().readAllBytes();
            }
            return null;
          });
      Thread.ofVirtual().start(refusal);

      assertThatThrownBy(() ->
              TrainingLoad.run(
                  "ws://127.0.0.1:%d/".formatted(server.getLocalPort()), MESSAGES, PER_SECOND))
          .isInstanceOf(EOFException.class)
          .hasMessage("the server refused the handshake");
    }
  }
}
