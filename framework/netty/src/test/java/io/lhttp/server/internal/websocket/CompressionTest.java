package io.lhttp.server.internal.websocket;

import static io.lhttp.fixture.RawClient.CONTINUATION;
import static io.lhttp.fixture.RawClient.FINAL;
import static io.lhttp.fixture.RawClient.RSV1;
import static io.lhttp.fixture.RawClient.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server negotiates permessage-deflate by RFC 7692, and its memory stays bounded when clients
 * misuse it.
 */
@EachTransport
class CompressionTest {
  private static final int MESSAGE = 64 * 1024;
  private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final String LONG = "a long body, ".repeat(1_000);

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.start(builder ->
            builder
                .limits(Limits.builder().messageBytes(MESSAGE).build())
                .processor("join", (Processor) e -> e.connection().subscribe(List.of("all"))));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permessage-deflate | ''",
        "permessage-deflate; client_max_window_bits | ''",
        "permessage-deflate; client_max_window_bits=10 | ''",
        "permessage-deflate; client_no_context_takeover; server_no_context_takeover | ''",
        "permessage-deflate; server_max_window_bits=15 | ; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=\"15\" | ; server_max_window_bits=15",
        "x-webkit-deflate-frame, permessage-deflate | ''",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate | ''",
      })
  void supportedOffer_isAccepted(String offer, String further) {
    assertThat(Compression.accept(List.of(offer)))
        .contains(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + further);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",;=,",
        "deflate",
        "permessage-deflates",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; something_else",
        "permessage-deflate;",
      })
  void unsupportedOffer_isDeclined(String offer) {
    assertThat(Compression.accept(List.of(offer))).isEmpty();
  }

  @Test
  void messages_areCompressedInBothDirections() throws Exception {
    try (var client = RawClient.open(server.port(), OFFER)) {
      for (var i = 0; i < 3; i++) { // several times, because each message is compressed on its own
        client.send(compressed(FINAL | RSV1 | TEXT, Servers.echo(LONG)));
        var frame = client.frame();
        assertThat(frame.rsv()).isEqualTo(RSV1);
        assertThat(frame.payload()).hasSizeLessThan(LONG.length() / 10);
        assertThat(inflate(frame.payload())).isEqualTo(Servers.echo(LONG));
      }
    }
  }

  @Test
  void shortOrIncompressibleMessage_isSentPlain() throws IOException {
    try (var client = RawClient.open(server.port(), OFFER)) {
      client.text(Servers.echo("short"));
      assertThat(client.frame().text()).isEqualTo(Servers.echo("short"));

      var noise = new byte[5_000];
      new Random(1).nextBytes(noise);
      client.message(Message.builder("echo").body(noise).build());
      var frame = client.frame();
      assertThat(frame.rsv()).isZero();
      assertThat(frame.payload()).endsWith(noise);
    }
  }

  @Test
  void compressedMessage_inFragments_isRead() throws Exception {
    try (var client = RawClient.open(server.port(), OFFER)) {
      var payload = deflate(Servers.echo(LONG).getBytes(UTF_8));
      var third = payload.length / 3;
      client
          .send(RawClient.frame(RSV1 | TEXT, Arrays.copyOf(payload, 1)))
          .send(RawClient.frame(CONTINUATION, Arrays.copyOfRange(payload, 1, third)))
          .send(RawClient.frame(CONTINUATION, Arrays.copyOfRange(payload, third, payload.length)))
          .frame(FINAL | CONTINUATION, "");

      assertThat(inflate(client.frame().payload())).isEqualTo(Servers.echo(LONG));
    }
  }

  @Test
  void finalDeflateBlock_isAccepted() throws IOException {
    var payload = new ByteArrayOutputStream();
    var deflater = new Deflater(9, true);
    deflater.setInput(Servers.echo("final").getBytes(UTF_8));
    deflater.finish();
    var buffer = new byte[100];
    payload.write(buffer, 0, deflater.deflate(buffer));
    payload.write(0); // an empty block at the end (RFC 7692, section 7.2.3.4)
    try (var client = RawClient.open(server.port(), OFFER)) {
      client.send(RawClient.frame(FINAL | RSV1 | TEXT, payload.toByteArray()));

      assertThat(client.frame().text()).isEqualTo(Servers.echo("final"));
    }
  }

  @Test
  void publication_isCompressedForClientsThatAgreedOnly() throws Exception {
    try (var first = RawClient.open(server.port(), OFFER);
        var second = RawClient.open(server.port(), OFFER);
        var plain = RawClient.open(server.port())) {
      for (var client : List.of(first, second, plain)) {
        client.text("LHTTP/1.0 join\r\nack:true\r\n\r\n");
        assertThat(client.frame().text()).contains("status:200");
      }
      var message = Message.of("news", LONG);

      server.publish("all", message);

      var delivered = Message.builder("news").header("channel", "all").body(LONG).build().toBytes();
      for (var client : List.of(first, second)) {
        var frame = client.frame();
        assertThat(frame.rsv()).isEqualTo(RSV1);
        assertThat(inflate(frame.payload()).getBytes(UTF_8)).isEqualTo(delivered);
      }
      assertThat(plain.frame().payload()).isEqualTo(delivered);
    }
  }

  @Test
  void corruptCompression_closes1007() throws IOException {
    for (var corrupt :
        List.of("\u0007\u0007", "LHTTP/1.0 echo\r\n\r\n", "\u0001\u0001\u0001\u0001\u0001")) {
      try (var client = RawClient.open(server.port(), OFFER)) {
        client.frame(FINAL | RSV1 | TEXT, corrupt);

        assertThat(client.closeCode()).as(corrupt).isEqualTo(1007);
      }
    }
  }

  @Test
  void inflatedText_notUtf8_closes1007() throws IOException {
    try (var client = RawClient.open(server.port(), OFFER)) {
      client.send(RawClient.frame(FINAL | RSV1 | TEXT, deflate(new byte[] {'L', (byte) 0xff})));

      assertThat(client.closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void inflatedMessage_ofExactLimit_isTaken() throws Exception {
    try (var client = RawClient.open(server.port(), OFFER)) {
      var message = Servers.echo("x".repeat(MESSAGE - Servers.echo("").length()));
      client.send(compressed(FINAL | RSV1 | TEXT, message));
      assertThat(inflate(client.frame().payload())).isEqualTo(message);

      client.send(compressed(FINAL | RSV1 | TEXT, message + "x"));
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void compressionBomb_closes1009AndCostsNoMemory() throws IOException {
    var bomb = deflate(new byte[60_000_000]); // 58 KB when compressed
    assertThat(bomb).hasSizeLessThan(MESSAGE);
    explode(bomb);
    var before = Servers.bufferBytes();

    for (var i = 0; i < 50; i++) {
      explode(bomb);
    }

    assertThat(Servers.bufferBytes() - before)
        .as("bytes of chunks that the allocator keeps; a bomb has 60,000,000")
        .isLessThan(32 << 20);
  }

  @Test
  void compressionOff_isNotNegotiated() throws IOException {
    try (var off = Servers.start(builder -> builder.compression(false));
        var client = RawClient.connect(off.port())) {
      var answer = client.send(RawClient.handshake("/", OFFER)).answer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");

      client.text(Servers.echo(LONG));
      assertThat(client.frame().text()).isEqualTo(Servers.echo(LONG));
      client.send(compressed(FINAL | RSV1 | TEXT, Servers.echo(LONG)));
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  private static void explode(byte[] bomb) throws IOException {
    try (var client = RawClient.open(server.port(), OFFER)) {
      client.send(RawClient.frame(FINAL | RSV1 | TEXT, bomb));
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  private static byte[] compressed(int first, String payload) {
    return RawClient.frame(first, deflate(payload.getBytes(UTF_8)));
  }

  private static byte[] deflate(byte[] payload) {
    var deflater = new Deflater(9, true);
    deflater.setInput(payload);
    var out = new ByteArrayOutputStream();
    var buffer = new byte[4096];
    for (var n = buffer.length; n == buffer.length; ) {
      n = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
      out.write(buffer, 0, n);
    }
    deflater.end();
    return Arrays.copyOf(out.toByteArray(), out.size() - 4);
  }

  private static String inflate(byte[] payload) throws DataFormatException {
    var inflater = new Inflater(true);
    var input = Arrays.copyOf(payload, payload.length + 4);
    input[input.length - 1] = (byte) 0xff;
    input[input.length - 2] = (byte) 0xff;
    inflater.setInput(input);
    var out = new byte[2 * MESSAGE];
    var length = inflater.inflate(out);
    inflater.end();
    return new String(out, 0, length, UTF_8);
  }
}
