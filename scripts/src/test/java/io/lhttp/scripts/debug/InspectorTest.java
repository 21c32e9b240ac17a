package io.lhttp.scripts.debug;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.scripts.ScriptHost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.graalvm.polyglot.io.MessageEndpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The debugger's port admits clients that know its secret path and refuses others. */
class InspectorTest {
  private static final int PATIENCE_SECONDS = 20;

  private static ScriptHost host;
  private static int port;
  private static String path;

  @BeforeAll
  static void start() {
    host = ScriptHost.builder().inspect(0).build();
    var address = host.inspector().orElseThrow();
    port = Integer.parseInt(address.replaceFirst(".*:(\\d+)/.*", "$1"));
    path = address.substring(address.indexOf('/'));
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  @Test
  void handshake_withSecretPath_isAccepted() throws IOException {
    assertThat(answer("GET PATH HTTP/1.1|Host: 127.0.0.1:PORT")).startsWith("HTTP/1.1 101 ");
    assertThat(path).matches("/[0-9a-f]{32}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1|Host: 127.0.0.1:PORT",
        "GET /json HTTP/1.1|Host: 127.0.0.1:PORT",
        "GET /json/list HTTP/1.1|Host: localhost:PORT",
        "GET PATHx HTTP/1.1|Host: 127.0.0.1:PORT",
        "POST PATH HTTP/1.1|Host: 127.0.0.1:PORT",
        "GET PATH HTTP/1.1|X: y",
        "GET PATH HTTP/1.1|Host: rebound.example:PORT",
        "GET PATH HTTP/1.1|Host: 127.0.0.1:PORT|Origin: https://example.com",
        "GET PATH HTTP/1.1|Host: 127.0.0.1:PORT|Origin: http://127.0.0.1:PORT",
      })
  void handshake_fromPageOrWithWrongPath_answers404(String request) throws IOException {
    assertThat(answer(request)).startsWith("HTTP/1.1 404 ").doesNotContain(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET PATH HTTP/1.1|Host: 127.0.0.1:PORT|Host: example.com",
        "GET PATH HTTP/1.1|nonsense",
      })
  void malformedRequest_isNotAnswered(String request) throws IOException {
    assertThat(answer(request)).isEmpty();
  }

  @Test
  void reconnect_duringClose_reachesNewSession() throws Exception {
    var leaving = new CountDownLatch(1);
    var returned = new CountDownLatch(1);
    var second = new Side(() -> {});
    try (var inspector = new Inspector(0);
        var http = webSockets()) {
      var uri = URI.create("ws://" + inspector.address());
      var first =
          new Side(() -> {
            leaving.countDown();
            await(returned);
            inspector.open(uri, second);
          });
      inspector.open(uri, first);
      var one = http.newWebSocketBuilder().buildAsync(uri, new WebSocket.Listener() {}).join();
      one.sendText("one", true).join();
      assertThat(first.received.poll(PATIENCE_SECONDS, SECONDS)).isEqualTo("one");

      one.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
      await(leaving);
      var two = http.newWebSocketBuilder().buildAsync(uri, new WebSocket.Listener() {}).join();
      two.sendText("two", true).join();
      returned.countDown();

      var received = second.received.poll(PATIENCE_SECONDS, SECONDS);
      http.shutdownNow();

      assertThat(received).isEqualTo("two");
    }
  }

  /**
   * Returns a client that runs tasks on its selector's thread, because the JDK's WebSocket (25.0)
   * otherwise loses the end of a connection right after a message.
   */
  private static HttpClient webSockets() {
    return HttpClient.newBuilder().executor(Runnable::run).build();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE_SECONDS, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The engine's end of the debugger's conversation. */
  private static final class Side implements MessageEndpoint {
    final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final Runnable closing;

    Side(Runnable closing) {
      this.closing = closing;
    }

    @Override
    public void sendText(String text) {
      received.add(text);
    }

    @Override
    public void sendBinary(ByteBuffer data) {}

    @Override
    public void sendPing(ByteBuffer data) {}

    @Override
    public void sendPong(ByteBuffer data) {}

    @Override
    public void sendClose() {
      closing.run();
    }
  }

  private static String answer(String request) throws IOException {
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      var text =
          request.replace("PATH", path).replace("PORT", "" + port).replace("|", "\r\n")
              + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      socket.getOutputStream().write(text.getBytes(US_ASCII));
      return new String(socket.getInputStream().readNBytes(13), US_ASCII);
    }
  }
}
