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

/** The reader finds the status and end of HTTP responses, however reads cut them. */
class ResponseReaderTest {
  private static final String UPGRADE = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  private final ResponseReader reader = new ResponseReader();

  @Test
  void next_leavesBytesAfterResponse() throws Exception {
    var in = bytes(UPGRADE + "frames");
    assertThat(reader.next(in)).isEqualTo(101);
    assertThat(in.toString(US_ASCII)).isEqualTo("frames");
  }

  @Test
  void next_responsesCutAnywhere_areRead() throws Exception {
    var in = bytes(OK + "HTTP/1.1 503 busy\r\ncontent-length:0\r\n\r\n" + OK);
    var statuses = new ArrayList<Integer>();
    while (in.isReadable()) {
      var status = reader.next(in.readSlice(1));
      if (status != 0) {
        statuses.add(status);
      }
    }
    assertThat(statuses).isEqualTo(List.of(200, 503, 200));
  }

  @Test
  void next_otherProtocol_throws() {
    assertThatThrownBy(() -> reader.next(bytes("SSH-2.0\r\n\r\n")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("SSH-2.0");
  }

  @Test
  void next_headWithoutEnd_throws() {
    assertThatThrownBy(() -> reader.next(bytes("x".repeat(10_000))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("8192");
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }
}
