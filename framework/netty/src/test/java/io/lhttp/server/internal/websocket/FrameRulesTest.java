package io.lhttp.server.internal.websocket;

import static io.lhttp.fixture.RawClient.BINARY;
import static io.lhttp.fixture.RawClient.CLOSE;
import static io.lhttp.fixture.RawClient.CONTINUATION;
import static io.lhttp.fixture.RawClient.FINAL;
import static io.lhttp.fixture.RawClient.PING;
import static io.lhttp.fixture.RawClient.PONG;
import static io.lhttp.fixture.RawClient.RSV1;
import static io.lhttp.fixture.RawClient.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server closes connections that break the rules of WebSocket frames, with the right code. */
@EachTransport
class FrameRulesTest {
  private static final int MESSAGE = 4096;
  private static final int FRAGMENTS = 64;
  private static final int CONTROL_FRAMES = 10;
  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";

  /** The server's close time, so long that a test which waits for it would fail. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(50);

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.limited(limits ->
            limits
                .messageBytes(MESSAGE)
                .fragments(FRAGMENTS)
                .controlFrames(CONTROL_FRAMES)
                .closeTime(CLOSE_TIME));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "rsv {0} opcode {1} compression {2}")
  @CsvSource({
    "0x20, 1, false", "0x10, 1, false", "0x40, 1, false", "0x70, 2, false",
    "0x20, 1, true", "0x10, 1, true", "0x60, 1, true", "0x50, 2, true",
    "0x40, 9, true", "0x40, 10, true", "0x20, 9, true", "0x10, 10, true",
  })
  void reservedBits_close1002(int rsv, int opcode, boolean compression) throws IOException {
    try (var client =
        compression ? RawClient.open(server.port(), DEFLATE) : RawClient.open(server.port())) {
      client.frame(FINAL | rsv | opcode, Servers.echo("a"));

      assertFailed(client, 1002);
    }
  }

  @Test
  void continuation_markedCompressed_closes1002() throws IOException {
    try (var client = RawClient.open(server.port(), DEFLATE)) {
      client.frame(RSV1 | TEXT, "").frame(FINAL | RSV1 | CONTINUATION, "");

      assertFailed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
  void unknownOpcode_closes1002(int opcode) throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(FINAL | opcode, "");

      assertFailed(client, 1002);
    }
  }

  @Test
  void unmaskedFrame_closes1002() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.send(new byte[] {(byte) (FINAL | TEXT), 1, 'a'});

      assertFailed(client, 1002);
    }
  }

  @Test
  void controlFrame_fragmentedOrLong_closes1002() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(PING, "half a ping");
      assertFailed(client, 1002);
    }
    try (var client = RawClient.open(server.port())) {
      client.frame(FINAL | PING, "x".repeat(126));
      assertFailed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 5000, 65_535})
  void forbiddenCloseCode_closes1002(int code) throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.close(code);

      assertFailed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1007, 1011, 3000, 4999})
  void close_isAnsweredWithItsCode(int code) throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.close(code);

      assertFailed(client, code);
    }
  }

  @Test
  void close_withoutCode_isAnsweredWithoutCode() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(FINAL | CLOSE, "");

      assertFailed(client, 1005);
    }
  }

  @Test
  void close_ofOneByteOrMalformedReason_isRefused() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(FINAL | CLOSE, "x");
      assertFailed(client, 1002);
    }
    try (var client = RawClient.open(server.port())) {
      client.send(RawClient.frame(FINAL | CLOSE, new byte[] {3, (byte) 0xe8, (byte) 0xff}));
      assertFailed(client, 1007);
    }
  }

  @Test
  void textNotUtf8_closes1007() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.send(RawClient.frame(FINAL | TEXT, new byte[] {'L', (byte) 0xc0, (byte) 0x80}));
      assertFailed(client, 1007);
    }
    try (var client =
        // refused at the first invalid byte, not at the message's end
        RawClient.open(server.port())) {
      client.send(RawClient.frame(TEXT, new byte[] {(byte) 0xff}));
      assertFailed(client, 1007);
    }
  }

  @Test
  void messageOverLimit_closes1009AtItsHeader() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.send(RawClient.header(FINAL | BINARY, Long.MAX_VALUE));

      assertFailed(client, 1009);
    }
  }

  @Test
  void clientThatKeepsSending_seesClose() throws Exception {
    try (var client = RawClient.open(server.port())) {
      var flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.send(RawClient.header(FINAL | BINARY, 1L << 40));
                  for (var chunk = new byte[1 << 16]; ; ) {
                    client.send(chunk);
                  }
                } catch (IOException e) {
                  // The server has closed the connection.
                }
              });

      assertThat(client.closeCode()).isEqualTo(1009);
      assertThat(client.skipToEnd()).isZero();
      flood.join();
    }
  }

  @Test
  void messageOfExactLimit_isTaken() throws IOException {
    try (var client = RawClient.open(server.port())) {
      var message = Servers.echo("x".repeat(MESSAGE - Servers.echo("").length()));
      client.text(message);
      assertThat(client.frame().text()).isEqualTo(message);

      client.text(message + "x");
      assertFailed(client, 1009);
    }
  }

  @Test
  void fragments_areJoined() throws IOException {
    try (var client = RawClient.open(server.port())) {
      var message = Servers.echo("0123456789").concat("ü".repeat(17));
      var bytes = message.getBytes(UTF_8);
      for (var i = 0; i < FRAGMENTS - 1; i++) {
        var one = i < bytes.length ? new byte[] {bytes[i]} : new byte[] {'.'};
        client.send(RawClient.frame(i == 0 ? TEXT : CONTINUATION, one));
        if (i == 20) {
          client.frame(FINAL | PING, "between");
        }
      }
      client.frame(FINAL | CONTINUATION, "");

      assertThat(client.frame().text()).isEqualTo("between");
      assertThat(client.frame().text()).startsWith("LHTTP/1.0 echo\r\n\r\n0123456789üü");
    }
  }

  @Test
  void moreThan64Fragments_close1008() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(TEXT, "x");
      for (var i = 1; i <= FRAGMENTS; i++) {
        client.frame(CONTINUATION, "x");
      }

      assertFailed(client, 1008);
    }
  }

  @Test
  void emptyFragments_countAsFragments() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(TEXT, "");
      for (var i = 1; i <= FRAGMENTS; i++) {
        client.frame(CONTINUATION, "");
      }

      assertFailed(client, 1008);
    }
  }

  @Test
  void emptyFragments_inMiddle_areJoined() throws IOException {
    try (var client = RawClient.open(server.port())) {
      var message = Servers.echo("whole");
      client.frame(TEXT, message).frame(CONTINUATION, "").frame(FINAL | CONTINUATION, "");

      assertThat(client.frame().text()).endsWith("whole");
    }
  }

  @Test
  void fragments_overLimitTogether_close1009() throws IOException {
    try (var client = RawClient.open(server.port())) {
      var half = "x".repeat(MESSAGE / 2);
      client.frame(TEXT, half).frame(CONTINUATION, half).frame(CONTINUATION, "x");

      assertFailed(client, 1009);
    }
  }

  @Test
  void fragments_overTimeLimit_close1008() throws Exception {
    try (var quick =
            Servers.limited(limits ->
                limits
                    .fragmentTime(Duration.ofMillis(300))
                    .fragments(Integer.MAX_VALUE)
                    .messageBytes(1 << 28)
                    .controlFrames(1_000_000));
        var client = RawClient.open(quick.port())) {
      client.frame(BINARY, "x");
      var drip =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    client.frame(CONTINUATION, "x").frame(FINAL | PING, "");
                  }
                } catch (IOException e) {
                  // The server has closed the connection, as expected.
                }
              });
      assertThat(client.closeCode()).isEqualTo(1008);
      client.skipToEnd();
      drip.join();
    }
  }

  @Test
  void unexpectedContinuationOrStart_closes1002() throws IOException {
    try (var client = RawClient.open(server.port())) {
      client.frame(FINAL | CONTINUATION, "x");
      assertFailed(client, 1002);
    }
    try (var client = RawClient.open(server.port())) {
      client.frame(TEXT, "x").frame(FINAL | TEXT, "x");
      assertFailed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {PING, PONG})
  void floodOfControlFrames_closes1008(int opcode) throws IOException {
    try (var client = RawClient.open(server.port())) {
      var flood = RawClient.frame(FINAL | opcode, new byte[0]);
      assertThatNoException()
          .isThrownBy(() -> {
            for (var i = 0; i < 10 * CONTROL_FRAMES; i++) {
              client.send(flood);
            }
          });

      assertFailed(client, 1008);
    }
  }

  @Test
  void fewControlFrames_areAnswered() throws IOException {
    try (var client = RawClient.open(server.port())) {
      for (var i = 0; i < CONTROL_FRAMES; i++) {
        client.frame(FINAL | PING, "ping " + i).frame(FINAL | PONG, "");
        assertThat(client.frame().text()).isEqualTo("ping " + i);
      }
    }
  }

  /**
   * Requires that the server closes with this code and ends the stream at once, although the client
   * does not answer the close.
   */
  private static void assertFailed(RawClient client, int code) throws IOException {
    var begin = System.nanoTime();
    assertThat(client.closeCode()).isEqualTo(code);
    assertThat(client.skipToEnd()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(CLOSE_TIME.dividedBy(2));
  }
}
