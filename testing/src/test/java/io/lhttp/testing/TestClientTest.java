package io.lhttp.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The test client notices a connection that ends right after a message. */
class TestClientTest {
  private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private ServerSocket listener;

  @BeforeEach
  void listen() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    listener.setSoTimeout((int) TestClient.PATIENCE.toMillis());
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  @ParameterizedTest
  @EnumSource
  void cut_afterMessage_endsWait(Message.Format format) {
    answerAndCut(Message.builder("hi").format(format).build());
    try (var client = connect()) {
      assertThat(client.request(Message.of("hello", "")).command()).isEqualTo("hi");

      assertThatThrownBy(client::receive).hasMessageContaining("the server closed with 1006");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void cut_afterSomeMessages_endsWaitForClose(int count) {
    var messages = new Message[count];
    for (var i = 0; i < count; i++) {
      messages[i] = Message.of("hi", Integer.toString(i));
    }
    answerAndCut(messages);
    try (var client = connect()) {
      client.send(Message.of("hello", ""));

      assertThatThrownBy(client::closed).hasMessageContaining("the connection was cut");
      assertThat(client.receive(count))
          .last()
          .extracting(Message::body)
          .isEqualTo(Integer.toString(count - 1));
    }
  }

  private TestClient connect() {
    return TestClient.connect(URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/"));
  }

  /**
   * Accepts a WebSocket, waits for a message, answers with these messages in one write, and closes
   * the socket.
   */
  private void answerAndCut(Message... answers) {
    Thread.ofVirtual()
        .start(() -> {
          try (var socket = listener.accept()) {
            shakeHands(socket);
            readSome(socket);
            socket.getOutputStream().write(frames(answers));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void shakeHands(Socket socket) throws IOException {
    var head = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    var key = "";
    for (var line = head.readLine(); !line.isEmpty(); line = head.readLine()) {
      if (line.regionMatches(true, 0, "sec-websocket-key:", 0, 18)) {
        key = line.substring(18).strip();
      }
    }
    var response =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + accept(key)
            + "\r\n\r\n";
    socket.getOutputStream().write(response.getBytes(US_ASCII));
  }

  private static void readSome(Socket socket) throws IOException {
    // Reads all that the client has sent, because closing would otherwise reset the connection.
    var header = socket.getInputStream().readNBytes(2);
    socket.getInputStream().readNBytes(4 + (header[1] & 0x7F));
  }

  private static byte[] frames(Message... messages) {
    var frames = new ByteArrayOutputStream();
    for (var message : messages) {
      var payload = message.toBytes();
      frames.write(message.format() == Message.Format.TEXT ? 0x81 : 0x82);
      frames.write(payload.length);
      frames.writeBytes(payload);
    }
    return frames.toByteArray();
  }

  private static String accept(String key) {
    try {
      var digest = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(digest.digest((key + WEBSOCKET_GUID).getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
