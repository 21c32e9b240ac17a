package io.lhttp.bench.rivals.dialect;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.bench.FrameCounter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counter counts operations of the NATS protocol, however reads cut them. */
class NatsOperationsTest {
  private static final String MESSAGE = "MSG bench 1 7\r\nPING\r\nx\r\n";
  private static final String ALL =
      "INFO {\"headers\":true}\r\n"
          + MESSAGE
          + "PING\r\nPONG\r\n"
          + "MSG bench 1 _INBOX.9 0\r\n\r\n"
          + "+OK\r\n"
          + MESSAGE;

  private int pings;
  private final NatsOperations operations = new NatsOperations(() -> pings++);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 16, 1000})
  void count_partsCutAnywhere_countsMessagesAndPongs(int step) throws Exception {
    var bytes = bytes(ALL);
    var messages = 0;
    while (bytes.isReadable()) {
      messages += operations.count(bytes.readSlice(Math.min(step, bytes.readableBytes())));
    }
    assertThat(messages).isEqualTo(4);
    assertThat(pings).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 1000})
  void count_operationsOverSeveralFramesAndReads_countsEachOnce(int step) throws Exception {
    var counter = new FrameCounter(operations);
    var cut = ALL.length() / 2;
    var bytes = Unpooled.wrappedBuffer(frame(ALL.substring(0, cut)), frame(ALL.substring(cut)));
    var messages = 0;
    while (bytes.isReadable()) {
      messages +=
          counter.count(
              bytes.readSlice(Math.min(step, bytes.readableBytes())), (opcode, payload) -> {});
    }
    assertThat(messages).isEqualTo(4);
  }

  @Test
  void count_payloadStillMissing_doesNotCount() throws Exception {
    assertThat(operations.count(bytes("MSG bench 1 4\r\nabcd\r"))).isZero();
    assertThat(operations.count(bytes("\n"))).isEqualTo(1);
  }

  @Test
  void count_serverError_throws() {
    assertThatThrownBy(() -> operations.count(bytes("-ERR 'Slow Consumer'\r\n")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void count_endlessLine_throws() {
    assertThatThrownBy(() -> operations.count(bytes("x".repeat(5000))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("4096");
  }

  private static ByteBuf frame(String payload) {
    return Unpooled.buffer()
        .writeByte(0x82)
        .writeByte(126)
        .writeShort(payload.length())
        .writeBytes(payload.getBytes(US_ASCII));
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }
}
