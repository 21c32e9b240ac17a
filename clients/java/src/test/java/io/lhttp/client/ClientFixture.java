package io.lhttp.client;

import io.lhttp.client.internal.transport.Environment;
import io.lhttp.client.internal.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;

/** A scripted server and clients of it; the test advances the time and sets the random numbers. */
abstract class ClientFixture {
  /** Random numbers with which each pause has its longest value. */
  static final RandomGenerator LONGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return -1;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  final FakeServer server = new FakeServer();
  final ManualTimer timer = new ManualTimer();
  final Recorder events = new Recorder();
  private final List<LhttpClient> clients = new ArrayList<>();

  LhttpClient.Builder builder() {
    return LhttpClient.builder(server.uri())
        .listener(events)
        .probeInterval(Duration.ofDays(1))
        .backoffBase(Duration.ofSeconds(1))
        .backoffMax(Duration.ofSeconds(8));
  }

  LhttpClient connect(LhttpClient.Builder builder) {
    var environment = new Environment(timer, LONGEST, Environment.system().transports());
    var client = LhttpClient.connect(builder.options(), environment);
    clients.add(client);
    return client;
  }

  LhttpClient connect() {
    return connect(builder());
  }

  /** Opens a connection. Returns the server's end of it once the client knows that it is open. */
  FakeServer.Peer open() {
    var peer = server.open();
    events.next(Recorder.Opened.class);
    return peer;
  }

  @AfterEach
  void close() {
    server.close();
    var closing =
        CompletableFuture.allOf(
            clients.stream()
                .map(client -> CompletableFuture.runAsync(client::close))
                .toArray(CompletableFuture<?>[]::new));
    while (!closing.isDone()) {
      timer.advance(Transport.CLOSING);
      Thread.onSpinWait();
    }
  }
}
