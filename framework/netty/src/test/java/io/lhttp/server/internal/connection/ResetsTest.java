package io.lhttp.server.internal.connection;

import static io.lhttp.fixture.RawClient.FINAL;
import static io.lhttp.fixture.RawClient.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server removes connections that a client cuts right after sending. */
@EachTransport
class ResetsTest {
  private static final int CLIENTS = 100;
  private static final byte[] MESSAGE =
      RawClient.frame(FINAL | TEXT, "LHTTP/1.0 take\r\n\r\nand say nothing".getBytes(UTF_8));

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.start(builder ->
            builder
                .processor("take", new Taking())
                .limits(
                    Limits.builder()
                        .connections(2 * CLIENTS)
                        .handshakesPerAddress(10 * CLIENTS)
                        .handshakeTime(Duration.ofHours(1))
                        .pingInterval(Duration.ofHours(1))
                        .build()));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "{0}, reset {1}")
  @CsvSource({
    "message, true",
    "half, true",
    "two, true",
    "nothing, true",
    "message, false",
    "half, false"
  })
  void cutConnection_afterSending_ends(String what, boolean reset) throws Exception {
    for (var i = 0; i < CLIENTS; i++) {
      try (var client = RawClient.open(server.port())) {
        client.send(bytes(what));
        client.socket().setSoLinger(reset, 0);
      }
    }

    await("all are gone", () -> ServerInternals.of(server).counters().connections() == 0);
  }

  @Test
  void cutRequest_freesItsPlace() throws Exception {
    // more connections than the server has room for at the same time
    for (var i = 0; i < 4 * CLIENTS; i++) {
      try (var client = awaitPlace()) {
        client.send(RawClient.publish("LHTTP/1.0 take\r\npublish:a\r\n\r\n").substring(0, 40));
        client.socket().setSoLinger(true, 0);
      }
    }
  }

  private static RawClient awaitPlace() throws IOException {
    for (var end = System.nanoTime() + Duration.ofMinutes(1).toNanos(); ; ) {
      var client = RawClient.connect(server.port());
      try {
        var answer = client.send(RawClient.request("GET /livez", "Host: test")).answer();
        assertThat(answer.status()).isEqualTo(200);
        return client;
      } catch (EOFException | SocketException e) {
        client.close();
        assertThat(System.nanoTime()).as("no place in a minute").isLessThan(end);
      }
    }
  }

  private static byte[] bytes(String what) {
    return switch (what) {
      case "half" -> Arrays.copyOf(MESSAGE, MESSAGE.length / 2);
      case "two" -> {
        var two = Arrays.copyOf(MESSAGE, 2 * MESSAGE.length);
        System.arraycopy(MESSAGE, 0, two, MESSAGE.length, MESSAGE.length);
        yield two;
      }
      case "message" -> MESSAGE;
      default -> new byte[0];
    };
  }

  private static void await(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** A processor that sends no reply, because sending would notice the reset. */
  private static final class Taking implements Processor {
    @Override
    public void onMessage(Exchange exchange) {}

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
