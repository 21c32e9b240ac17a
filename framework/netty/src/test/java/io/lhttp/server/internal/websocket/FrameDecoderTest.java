package io.lhttp.server.internal.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.internal.limit.Budget;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decoder loses no frame while its connection pauses and resumes reading in any order. As with
 * io_uring, the socket may bring bytes once more after a pause, from a read that was pending.
 */
class FrameDecoderTest {
  private static final int FRAMES = 40;
  private static final int STEPS = 400;
  private static final int SEQUENCES = 100;
  private static final int LONGEST = 300;
  private static final HexFormat HEX = HexFormat.of();

  /**
   * @param whole whether a receiver takes messages of one frame from the decoder
   */
  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, true", "4, true", "5, true"})
  void readingOnAndOff_losesNoFrameAndNoWakeUp(long seed, boolean whole) {
    for (var sequence = 0; sequence < SEQUENCES; sequence++) {
      new Sequence(new Random(seed * SEQUENCES + sequence), whole).run();
    }
  }

  @Test
  void payloads_ofAllLengths_areUnmaskedAndCheckedForAscii() {
    for (var length = 0; length <= LONGEST; length++) {
      var payload = new byte[length];
      new Random(length).nextBytes(payload);
      for (var i = 0; i < length; i++) {
        payload[i] &= 0x7f;
      }
      assertThat(whole(RawClient.TEXT, payload)).isEqualTo("TEXT true " + HEX.formatHex(payload));
      if (length > 0) {
        payload[(length - 1) * 7 % length] |= (byte) 0x80;
        assertThat(whole(RawClient.BINARY, payload))
            .isEqualTo("BINARY false " + HEX.formatHex(payload));
      }
    }
  }

  /** Each of these goes through the pipeline, in order with whole messages. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        RawClient.TEXT,
        RawClient.FINAL | RawClient.PING,
        RawClient.FINAL | RawClient.PONG,
        RawClient.FINAL | RawClient.RSV1 | RawClient.TEXT,
      })
  void otherFrames_betweenWholeMessages_keepTheirPlace(int first) {
    var received = new ArrayList<String>();
    var channel = channel(received);
    var bytes = new ByteArrayOutputStream();
    var whole = RawClient.FINAL | RawClient.TEXT;
    bytes.writeBytes(RawClient.frame(whole, new byte[] {'a'}));
    bytes.writeBytes(RawClient.frame(first, new byte[] {'b'}));
    if (first == RawClient.TEXT) {
      bytes.writeBytes(RawClient.frame(RawClient.FINAL | RawClient.PING, new byte[] {'p'}));
      bytes.writeBytes(RawClient.frame(RawClient.FINAL, new byte[] {'c'}));
    }
    bytes.writeBytes(RawClient.frame(whole, new byte[] {'d'}));

    for (var b : bytes.toByteArray()) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
    }

    assertThat(received)
        .containsExactlyElementsOf(
            first == RawClient.TEXT
                ? List.of("TEXT true 61", "62", "70", "63", "TEXT true 64")
                : List.of("TEXT true 61", "62", "TEXT true 64"));
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(ints = {RawClient.TEXT, RawClient.BINARY})
  void wholeMessage_amongFragments_isRefused(int opcode) {
    var received = new ArrayList<String>();
    var channel = channel(received);
    channel.writeInbound(Unpooled.wrappedBuffer(RawClient.frame(RawClient.TEXT, new byte[] {'a'})));

    assertThatThrownBy(() ->
            channel.writeInbound(
                Unpooled.wrappedBuffer(
                    RawClient.frame(RawClient.FINAL | opcode, new byte[] {'b'}))))
        .isInstanceOf(CorruptedWebSocketFrameException.class);
    assertThat(received).containsExactly("61");
    channel.finishAndReleaseAll();
  }

  private static String whole(int opcode, byte[] payload) {
    var received = new ArrayList<String>();
    var channel = channel(received);
    channel.writeInbound(
        Unpooled.wrappedBuffer(RawClient.frame(RawClient.FINAL | opcode, payload)));
    channel.finishAndReleaseAll();
    return received.getFirst();
  }

  /** A connection whose whole messages are added in words, and other frames by their payload. */
  private static EmbeddedChannel channel(List<String> received) {
    var config =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(1_000)
            .allowExtensions(true)
            .closeOnProtocolViolation(false)
            .build();
    var channel =
        new EmbeddedChannel(
            new FrameDecoder(config, new Budget(1_000_000)),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext context, Object frame) {
                var other = (WebSocketFrame) frame;
                received.add(ByteBufUtil.hexDump(other.content()));
                other.release();
              }
            });
    FrameDecoder.receive(
        channel.pipeline(),
        (format, payload, ascii) ->
            received.add(format + " " + ascii + " " + HEX.formatHex(payload)));
    return channel;
  }

  /** One connection with a random sequence of steps. */
  private static final class Sequence extends ChannelInboundHandlerAdapter {
    private final Random random;
    private final byte[] sent;
    private final List<String> received = new ArrayList<>();
    private final EmbeddedChannel channel;
    private int brought;
    private boolean reading = true;
    private boolean underWay = true;

    Sequence(Random random, boolean whole) {
      this.random = random;
      this.sent = frames();
      var config = WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(1_000).build();
      var budget = new Budget(1_000_000);
      this.channel = new EmbeddedChannel(new FrameDecoder(config, budget), this);
      if (whole) {
        FrameDecoder.receive(
            channel.pipeline(), (format, payload, ascii) -> receive(new String(payload, UTF_8)));
      }
    }

    void run() {
      for (var step = 0; step < STEPS; step++) {
        switch (random.nextInt(4)) {
          case 0 -> read(!reading);
          case 1 -> runTasks();
          default -> bring();
        }
      }
      for (var i = 0; i < sent.length && received.size() < FRAMES; i++) {
        read(true); // the receiver may have paused reading again
        runTasks();
        bring();
      }
      assertThat(received).hasSize(FRAMES);
      channel.finishAndReleaseAll();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      var text = (TextWebSocketFrame) frame;
      receive(text.text());
      text.release();
    }

    private void receive(String text) {
      assertThat(reading).as("whether it is to be read").isTrue();
      assertThat(text).startsWith(received.size() + " ");
      received.add(text);
      if (random.nextInt(3) == 0) {
        read(false);
        if (random.nextInt(3) == 0) {
          read(true);
        }
      }
    }

    private void read(boolean read) {
      reading = read;
      FrameDecoder.read(channel, read);
    }

    /**
     * Runs the tasks of the event loop. Then the connection is paused, or all its bytes are
     * decoded.
     */
    private void runTasks() {
      channel.runPendingTasks();
      channel.checkException();
      assertThat(channel.config().isAutoRead()).isEqualTo(reading);
      if (reading) {
        assertThat(received).hasSize(whole());
      }
    }

    private void bring() {
      var may = channel.config().isAutoRead();
      if (!may && !underWay) {
        return;
      }
      underWay = may;
      var end = Math.min(sent.length, brought + 1 + random.nextInt(120));
      if (end > brought) {
        channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(sent, brought, end - brought));
        brought = end;
      }
      channel.pipeline().fireChannelReadComplete();
      channel.checkException();
    }

    /** The number of frames that have arrived as a whole. */
    private int whole() {
      var count = 0;
      for (var at = 0; at < brought; count++) {
        at += 6 + (sent[at + 1] & 0x7F); // two bytes of the header and four of the masking key
        if (at > brought) {
          break;
        }
      }
      return count;
    }

    private byte[] frames() {
      var all = new ByteArrayOutputStream();
      for (var i = 0; i < FRAMES; i++) {
        var padding = new char[random.nextInt(60)];
        Arrays.fill(padding, 'x');
        var payload = (i + " " + new String(padding)).getBytes(UTF_8);
        all.writeBytes(RawClient.frame(RawClient.FINAL | RawClient.TEXT, payload));
      }
      return all.toByteArray();
    }
  }
}
