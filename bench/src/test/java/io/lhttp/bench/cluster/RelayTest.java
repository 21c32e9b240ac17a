package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The relay passes, stalls, swallows and resets connections. */
class RelayTest {
  private static final int SOON_MILLIS = 100;
  private static final int PATIENCE_MILLIS = 30_000;

  private ServerSocket server;
  private Relay relay;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    relay = Relay.to(server.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    relay.close();
    server.close();
  }

  @Test
  void relay_passesBytesBothWaysAndEndOfStream() throws IOException {
    try (var near = dial();
        var far = server.accept()) {
      near.getOutputStream().write(1);
      far.getOutputStream().write(2);

      assertThat(far.getInputStream().read()).isOne();
      assertThat(near.getInputStream().read()).isEqualTo(2);
      near.shutdownOutput();
      assertThat(far.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void stall_bytesComeAfterHeal() throws IOException {
    try (var near = dial();
        var far = server.accept()) {
      relay.stall();
      near.getOutputStream().write(1);
      assertNothingComes(far);

      relay.heal();

      far.setSoTimeout(PATIENCE_MILLIS);
      assertThat(far.getInputStream().read()).isOne();
    }
  }

  @Test
  void swallow_losesBytesAndConnection() throws IOException {
    try (var near = dial();
        var far = server.accept()) {
      far.getOutputStream().write(0);
      assertThat(near.getInputStream().read()).isZero(); // the relay has connected to the server
      relay.swallow();
      near.getOutputStream().write(1);
      near.shutdownOutput();
      assertNothingComes(far);

      relay.heal();

      far.setSoTimeout(PATIENCE_MILLIS);
      assertThatThrownBy(() -> far.getInputStream().read())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    try (var near = dial();
        var far = server.accept()) {
      near.getOutputStream().write(3);
      assertThat(far.getInputStream().read()).isEqualTo(3);
    }
  }

  @Test
  void reset_endsBothSides() throws IOException {
    try (var near = dial();
        var far = server.accept()) {
      near.getOutputStream().write(1);
      assertThat(far.getInputStream().read()).isOne();

      relay.reset();

      assertThatThrownBy(() -> near.getInputStream().read()).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> far.getInputStream().read()).isInstanceOf(IOException.class);
    }
  }

  private Socket dial() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), relay.port());
  }

  private static void assertNothingComes(Socket socket) throws IOException {
    socket.setSoTimeout(SOON_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }
}
