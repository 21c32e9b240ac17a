package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counter counts the messages of a WebSocket byte stream, however reads cut it. */
class FrameCounterTest {
  private static final int TEXT = 0x81;
  private static final int TEXT_BEGINS = 0x01;
  private static final int GOES_ON = 0x00;
  private static final int ENDS = 0x80;
  private static final int PING = 0x89;

  private final FrameCounter counter = new FrameCounter();
  private final List<String> controls = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 100_000})
  void message_ofAnyLength_countsOnce(int length) throws Exception {
    assertThat(count(frame(TEXT, length))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100, 1_000})
  void frames_cutAnywhere_areCounted(int step) throws Exception {
    var all =
        Unpooled.wrappedBuffer(
            frame(TEXT, 0), frame(TEXT, 5), frame(PING, 3), frame(TEXT, 300), frame(TEXT, 70_000));
    var messages = 0;
    while (all.isReadable()) {
      messages += count(all.readSlice(Math.min(step, all.readableBytes())));
    }
    assertThat(messages).isEqualTo(4);
    assertThat(controls).containsExactly("9 xxx");
  }

  @Test
  void fragments_withPingBetween_countOnce() throws Exception {
    assertThat(
            count(
                Unpooled.wrappedBuffer(
                    frame(TEXT_BEGINS, 10),
                    frame(GOES_ON, 10),
                    frame(PING, 0),
                    frame(ENDS, 10),
                    frame(TEXT, 1))))
        .isEqualTo(2);
    assertThat(controls).containsExactly("9 ");
  }

  @Test
  void message_countsWithItsLastByte() throws Exception {
    var frame = frame(TEXT, 4);
    assertThat(count(frame.readSlice(5))).isZero();
    assertThat(count(frame)).isEqualTo(1);
  }

  @Test
  void maskedFrame_throws() {
    assertThatThrownBy(() -> count(Unpooled.wrappedBuffer(LoadBytes.echo())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("masked");
  }

  @Test
  void longControlFrame_throws() {
    assertThatThrownBy(() -> count(frame(PING, 126)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("125");
  }

  private int count(ByteBuf bytes) throws IOException {
    return counter.count(
        bytes, (opcode, payload) -> controls.add(opcode + " " + new String(payload, US_ASCII)));
  }

  private static ByteBuf frame(int first, int length) {
    var frame = Unpooled.buffer().writeByte(first);
    if (length < 126) {
      frame.writeByte(length);
    } else if (length < 65_536) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
    for (var i = 0; i < length; i++) {
      frame.writeByte('x');
    }
    return frame;
  }
}
