package io.lhttp.bench.rivals.dialect;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.bench.FrameCounter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counter counts the lines of Centrifugo's frames, however reads cut them. */
class CentrifugoTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void count_framesOfSeveralLines_countsEachLine(int step) throws Exception {
    var counter = new FrameCounter(new Centrifugo.Lines());
    var bytes = Unpooled.wrappedBuffer(frame("{\"a\":1}\n{}\n{}"), frame("{}"));
    var messages = 0;
    while (bytes.isReadable()) {
      messages +=
          counter.count(
              bytes.readSlice(Math.min(step, bytes.readableBytes())), (opcode, payload) -> {});
    }
    assertThat(messages).isEqualTo(4);
  }

  private static ByteBuf frame(String payload) {
    return Unpooled.buffer()
        .writeByte(0x81)
        .writeByte(payload.length())
        .writeBytes(payload.getBytes(US_ASCII));
  }
}
