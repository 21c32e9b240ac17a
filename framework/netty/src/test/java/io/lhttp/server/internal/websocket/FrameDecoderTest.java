package io.lhttp.server.internal.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.internal.limit.Budget;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decoder loses no frame while its connection pauses and resumes reading in any order. As with
 * io_uring, the socket may bring bytes once more after a pause, from a read that was pending.
 */
class FrameDecoderTest {
  private static final int FRAMES = 40;
  private static final int STEPS = 400;
  private static final int SEQUENCES = 100;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void readingOnAndOff_losesNoFrameAndNoWakeUp(long seed) {
    for (var sequence = 0; sequence < SEQUENCES; sequence++) {
      new Sequence(new Random(seed * SEQUENCES + sequence)).run();
    }
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

    Sequence(Random random) {
      this.random = random;
      this.sent = frames();
      var config = WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(1_000).build();
      var budget = new Budget(1_000_000);
      this.channel = new EmbeddedChannel(new FrameDecoder(config, budget), this);
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
      assertThat(reading).as("whether it is to be read").isTrue();
      var text = (TextWebSocketFrame) frame;
      assertThat(text.text()).startsWith(received.size() + " ");
      received.add(text.text());
      text.release();
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
