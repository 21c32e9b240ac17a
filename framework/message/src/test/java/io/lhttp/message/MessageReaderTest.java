package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import io.lhttp.message.Message.Format;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader reads well-formed messages and refuses malformed ones with status and offset. */
class MessageReaderTest {
  private static final String BAD_START = "a message starts with LHTTP/1.0 and a command";
  private static final String LINE_FEED = "lines end in CRLF, not in LF alone";
  private static final String BAD_COMMAND = "a command has no spaces and no control characters";
  private static final String BAD_NAME = "a header's name is a token, followed by a colon";
  private static final String BAD_VALUE = "a header's value has a control character";
  private static final String BAD_END = "a line of the head ends in CRLF";

  private static final MessageReader TIGHT = new MessageReader(new CodecLimits(2, 16, 2));

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments("", 0, BAD_START),
        arguments("hello", 0, BAD_START),
        arguments("LHTTP", 5, BAD_START),
        arguments("LHTTP/1.0", 9, BAD_START),
        arguments("LHTTP/1.0\r\n\r\n", 9, BAD_START),
        arguments("\u00ef\u00bb\u00bfLHTTP/1.0 c\r\n", 0, BAD_START),
        arguments("LHTTP/1.0 ", 10, "the command is empty"),
        arguments("LHTTP/1.0 \r\n\r\n", 10, "the command is empty"),
        arguments("LHTTP/1.0  c\r\n\r\n", 10, BAD_COMMAND),
        arguments("LHTTP/1.0 c \r\n\r\n", 11, BAD_COMMAND),
        arguments("LHTTP/1.0 c\0\r\n\r\n", 11, BAD_COMMAND),
        arguments("LHTTP/1.0 c\u007f\r\n\r\n", 11, BAD_COMMAND),
        arguments("LHTTP/1.0 c\n\n", 11, LINE_FEED),
        arguments("LHTTP/1.0 c\nk:v\n\nbody", 11, LINE_FEED),
        arguments("LHTTP/1.0 \n\n", 10, LINE_FEED),
        arguments("LHTTP/1.0 " + "c".repeat(129) + "\r\n", 138, "the command is too long"),
        arguments("LHTTP/1.0 c", 11, BAD_END),
        arguments("LHTTP/1.0 c\r", 11, BAD_END),
        arguments("LHTTP/1.0 c\rx", 11, BAD_END),
        arguments("LHTTP/1.0 c\r\n\r", 13, BAD_END),
        arguments("LHTTP/1.0 c\r\n\rx", 13, BAD_END),
        arguments("LHTTP/1.0 c\r\n\n", 13, LINE_FEED),
        arguments("LHTTP/1.0 c\r\nk:v\r\n\nbody", 18, LINE_FEED),
        arguments("LHTTP/1.0 c\r\nk\nl:v\r\n\r\n", 14, LINE_FEED),
        arguments("LHTTP/1.0 c\r\nk", 14, "the head ends in a header's name"),
        arguments("LHTTP/1.0 c\r\nk\r\n\r\n", 14, BAD_NAME),
        arguments("LHTTP/1.0 c\r\nk :v\r\n\r\n", 14, BAD_NAME),
        arguments("LHTTP/1.0 c\r\n k:v\r\n\r\n", 13, BAD_NAME),
        arguments("LHTTP/1.0 c\r\nk\u00e9:v\r\n\r\n", 14, BAD_NAME),
        arguments("LHTTP/1.0 c\r\n:v\r\n\r\n", 13, "a header's name is empty"),
        arguments(
            "LHTTP/1.0 c\r\n" + "k".repeat(129) + ":v\r\n\r\n", 141, "a header's name is too long"),
        arguments("LHTTP/1.0 c\r\nk:v", 16, BAD_END),
        arguments("LHTTP/1.0 c\r\nk:v\r", 16, BAD_END),
        arguments("LHTTP/1.0 c\r\nk:v\r\r\n\r\n", 16, BAD_END),
        arguments("LHTTP/1.0 c\r\nk:v\n\r\n", 16, LINE_FEED),
        arguments("LHTTP/1.0 c\r\nk:v\0w\r\n\r\n", 16, BAD_VALUE),
        arguments("LHTTP/1.0 c\r\nk:v\u001bw\r\n\r\n", 16, BAD_VALUE),
        arguments("LHTTP/1.0 c\r\nk:v\u007fw\r\n\r\n", 16, BAD_VALUE),
        arguments("LHTTP/1.0 c\r\nid:1\r\nk:v\r\nId:2\r\n", 24, "the header id stands twice"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedMessage_isRefusedWithOffset(String wire, int offset, String reason) {
    for (var format : Format.values()) {
      assertRefused(MessageReader.DEFAULT, wire, format, 400, offset, reason);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LHTTP/2.0 c\r\n\r\n", "LHTTP/1.1 ", "LHTTP/0.9 x", "LHTTP/12.34 \0\n"})
  void otherVersion_anyRest_isRefusedWith505(String wire) {
    assertRefused(
        MessageReader.DEFAULT, wire, Format.TEXT, 505, 6, "only LHTTP/1.0 is spoken here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LHTTP/2.0",
        "LHTTP/2.0\r\n",
        "LHTTP/2 c\r\n",
        "LHTTP/.0 c\r\n",
        "LHTTP/2. c\r\n",
        "LHTTP/x.y c\r\n",
        "LHTTP/-1.0 c\r\n",
        "lhttp/2.0 c\r\n",
        "HTTP/1.1 c\r\n",
        "LHTTP/",
        "LHTTP 2.0 c\r\n"
      })
  void malformedVersion_isRefusedWith400(String wire) {
    assertThatThrownBy(() -> read(wire))
        .asInstanceOf(type(ProtocolException.class))
        .extracting(ProtocolException::status)
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"upstream", "multipart", "authorization", "id"})
  void singletonHeader_twice_isRefused(String name) {
    var once = "LHTTP/1.0 c\r\nk:v\r\n" + name + ":1\r\n";
    assertThat(read(once).header(name)).contains("1");
    assertRefused(
        MessageReader.DEFAULT,
        once + "k:v\r\n" + name.toUpperCase(Locale.ROOT) + ":1\r\n",
        Format.TEXT,
        400,
        once.length() + 5,
        "the header " + name + " stands twice");
  }

  @Test
  void ordinaryHeader_twice_keepsBothValues() {
    var message = read("LHTTP/1.0 c\r\npublish:a\r\npublish:b\r\nid2:1\r\nid2:2\r\n\r\n");
    assertThat(message.headers().words("publish")).containsExactly("a", "b");
  }

  @Test
  void headerLines_overLimit_areRefusedWith431() {
    assertThat(TIGHT.read(bytes("LHTTP/1.0 c\r\na:1\r\nb:2\r\n\r\n"), Format.TEXT).headers())
        .hasSize(2);
    assertThat(TIGHT.read(bytes("LHTTP/1.0 c\r\na:1\r\nb:2\r\n"), Format.TEXT).headers())
        .hasSize(2);
    assertRefused(
        TIGHT, "LHTTP/1.0 c\r\na:1\r\nb:2\r\nc", Format.TEXT, 431, 23, "more than 2 header lines");
  }

  @Test
  void headerLine_overLimit_isRefusedWith431() {
    var reason = "a header line of more than 16 bytes";
    var fits = "LHTTP/1.0 c\r\nk:" + "v".repeat(14);
    assertThat(TIGHT.read(bytes(fits + "\r\n"), Format.TEXT).header("k")).contains("v".repeat(14));
    assertRefused(TIGHT, fits + "v\r\n\r\n", Format.TEXT, 431, 13, reason);
    assertRefused(TIGHT, fits + "v", Format.TEXT, 431, 13, reason);
    assertRefused(TIGHT, fits, Format.TEXT, 400, 29, BAD_END);
    assertRefused(TIGHT, "LHTTP/1.0 c\r\n" + "k".repeat(16) + ":", Format.TEXT, 431, 13, reason);
  }

  @Test
  void limits_ofIntMaxValue_readMessage() {
    var reader =
        new MessageReader(new CodecLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
    var wire = "LHTTP/1.0 c\r\nmultipart:0\r\n" + "k:v\r\n".repeat(100) + "\r\n\r\nbody";
    var message = reader.read(bytes(wire), Format.TEXT);
    assertThat(message.headers()).hasSize(101);
    assertThat(message.parts()).hasSize(1);
  }

  @Test
  void commandAndHeaderName_of128Bytes_areRead() {
    var command = "c".repeat(128);
    var name = "k".repeat(128);
    var message = read("LHTTP/1.0 " + command + "\r\n" + name + ":v\r\n\r\n");
    assertThat(message.command()).isEqualTo(command);
    assertThat(message.header(name)).contains("v");
  }

  @Test
  void binaryMessage_headNotUtf8_isRefused() {
    var truncated = "\u00e8\u008a";
    assertRefusedBinary("LHTTP/1.0 " + truncated + "\r\n\r\n", 10, "the command is not UTF-8");
    assertRefusedBinary(
        "LHTTP/1.0 c\r\nk:v\r\nk: " + truncated + "\r\n\r\n", 20, "a header's value is not UTF-8");
    // an overlong form, a surrogate, a lone continuation byte
    assertRefusedBinary("LHTTP/1.0 \u00c0\u00af\r\n", 10, "the command is not UTF-8");
    assertRefusedBinary("LHTTP/1.0 \u00ed\u00a0\u0080\r\n", 10, "the command is not UTF-8");
    assertRefusedBinary("LHTTP/1.0 c\r\nk:\u0080\r\n", 15, "a header's value is not UTF-8");
  }

  @Test
  void binaryMessage_anyBodyBytes_areKept() {
    var body = new byte[256];
    IntStream.range(0, 256).forEach(i -> body[i] = (byte) i);
    var wire = "LHTTP/1.0 chat\u00e8\u008c\u00b6\r\n\r\n" + new String(body, ISO_8859_1);
    var message = MessageReader.DEFAULT.read(wire.getBytes(ISO_8859_1), Format.BINARY);
    assertThat(message.command()).isEqualTo("chat茶");
    assertThat(message.bodyBytes()).isEqualTo(body);
    assertThat(message.format()).isEqualTo(Format.BINARY);
  }

  @Test
  void read_keepsReceivedArrayWithoutCopy() {
    var wire = bytes("LHTTP/1.0 c\r\nk: v \r\n\r\nbody");
    MessageReader.DEFAULT
        .read(wire, Format.TEXT)
        .writeTo((bytes, offset, length) -> {
          assertThat(bytes).isSameAs(wire);
          assertThat(offset).isZero();
          assertThat(length).isEqualTo(wire.length);
        });
  }

  /**
   * The message, its headers and their index are the only allocations, whichever optimisations the
   * compiler makes.
   */
  @Test
  void read_smallMessage_allocatesAtMost160Bytes() {
    var wire = bytes("LHTTP/1.0 chat\r\ncontent-type:json\r\npublish:room\r\nid:1\r\n\r\nhello");
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var messages = new Message[10_000];
    messages[0] = MessageReader.DEFAULT.read(wire, Format.TEXT);
    var before = threads.getCurrentThreadAllocatedBytes();
    for (var i = 1; i < messages.length; i++) {
      messages[i] = MessageReader.DEFAULT.read(wire, Format.TEXT);
    }
    var bytes = (threads.getCurrentThreadAllocatedBytes() - before) / (messages.length - 1);
    assertThat(bytes).isBetween(100L, 160L);
  }

  private static void assertRefusedBinary(String latin1, int offset, String reason) {
    assertRefused(MessageReader.DEFAULT, latin1, Format.BINARY, 400, offset, reason);
  }

  /**
   * @param latin1 the message, with one character for each byte
   */
  private static void assertRefused(
      MessageReader reader, String latin1, Format format, int status, int offset, String reason) {
    assertThatThrownBy(() -> reader.read(latin1.getBytes(ISO_8859_1), format))
        .hasMessage("%s (byte %d)", reason, offset)
        .asInstanceOf(type(ProtocolException.class))
        .satisfies(e -> {
          assertThat(e.status()).isEqualTo(status);
          assertThat(e.offset()).isEqualTo(offset);
          assertThat(e.reason()).isEqualTo(reason);
        });
  }

  private static Message read(String wire) {
    return MessageReader.DEFAULT.read(bytes(wire), Format.TEXT);
  }

  private static byte[] bytes(String wire) {
    return wire.getBytes(UTF_8);
  }
}
