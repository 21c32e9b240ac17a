package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.message.Message.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message splits its body into parts by the offsets of its multipart header. */
class MultipartTest {
  private static final int LISTS = 100_000;
  private static final long SEED = 20260101;

  /** The pieces of a generated body. A part may begin before each of the first three. */
  private static final List<String> PIECES =
      List.of("\r\n", "k:v\r\n\r\n", "a:1\r\nb:2\r\n\r\n", "x", "body", "no head\r\n");

  private static final Pattern PART_HEAD =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\\x00-\\x08\\x0A-\\x1F\\x7F]*\r\n)*\r\n");

  private static final Pattern OFFSET = Pattern.compile("[0-9]{1,9}");

  /** The offset of the list of offsets in the messages that {@link #message} creates. */
  private static final int LIST = "LHTTP/1.0 upload\r\nmultipart:".length();

  private final Random random = new Random(SEED);

  @Test
  void split_randomOffsetLists_agreesWithOracle() {
    var taken = 0;
    for (var i = 0; i < LISTS; i++) {
      var starts = new ArrayList<Integer>();
      var body = body(starts);
      var list = list(starts, body.length());
      var expected = oracle(list, body);
      assertThat(split(list, body))
          .as(() -> "multipart:%s over %s".formatted(list, body.replace("\r\n", "\\r\\n")))
          .isEqualTo(expected);
      taken += expected.isEmpty() ? 0 : 1;
    }
    assertThat(taken).isBetween(LISTS / 5, LISTS * 4 / 5);
  }

  /**
   * Splits a body at the offsets with plain code. Returns the parts as text, or none if the list
   * has to be refused.
   */
  private static List<String> split(String list, String body) {
    var message = message(list, body);
    try {
      var parts = message.parts();
      assertThat(parts).isNotEmpty();
      return parts.stream()
          .map(part ->
              part.headers().stream()
                      .map(h -> h.name() + ":" + h.value() + "\r\n")
                      .collect(Collectors.joining())
                  + "\r\n"
                  + part.body())
          .toList();
    } catch (ProtocolException e) {
      assertThat(e.status()).isEqualTo(400);
      assertThat(e.offset()).isBetween(0, message.size());
      return List.of();
    }
  }

  private static List<String> oracle(String list, String body) {
    var offsets = new ArrayList<Integer>();
    for (var word : list.split(" ", -1)) {
      if (word.isEmpty()) {
        continue;
      }
      if (!OFFSET.matcher(word).matches()) {
        return List.of();
      }
      offsets.add(Integer.valueOf(word));
    }
    if (offsets.isEmpty() || offsets.size() > 64) {
      return List.of();
    }
    offsets.add(body.length());
    for (var i = 0; i + 1 < offsets.size(); i++) {
      if (offsets.get(i) >= offsets.get(i + 1)) {
        // an offset is smaller than the one before, after the end, or leaves an empty part, which
        // has no head
        return List.of();
      }
    }
    var parts = new ArrayList<String>();
    for (var i = 0; i + 1 < offsets.size(); i++) {
      var part = body.substring(offsets.get(i), offsets.get(i + 1));
      if (!PART_HEAD.matcher(part).lookingAt()) {
        return List.of();
      }
      parts.add(part);
    }
    return parts;
  }

  /** Generates a body of ASCII, and adds each index at which a part may begin to {@code starts}. */
  private String body(List<Integer> starts) {
    var body = new StringBuilder();
    for (var i = random.nextInt(10) == 0 ? 100 : random.nextInt(12); i >= 0; i--) {
      var piece = random.nextInt(PIECES.size());
      if (piece < 3) {
        starts.add(body.length());
      }
      body.append(PIECES.get(piece));
    }
    return body.toString();
  }

  /** Generates a list of offsets: mostly some of the right ones, sometimes with a wrong one. */
  private String list(List<Integer> starts, int length) {
    var keep = random.nextInt(4);
    var words =
        starts.stream()
            .filter(start -> random.nextInt(4) <= keep)
            .map(Object::toString)
            .collect(Collectors.toCollection(ArrayList::new));
    if (random.nextInt(3) == 0) {
      words.add(random.nextInt(words.size() + 1), oddOffset(length));
    }
    return String.join(random.nextInt(10) == 0 ? "  " : " ", words);
  }

  private String oddOffset(int length) {
    return switch (random.nextInt(10)) {
      case 0 -> "-" + random.nextInt(3);
      case 1 -> "+1";
      case 2 -> "٣";
      case 3 -> "1\t2";
      case 4 -> "0000000001";
      case 5 -> "99999999999999999999";
      case 6 -> "000" + random.nextInt(length + 1);
      case 7 -> String.valueOf(length + random.nextInt(3));
      case 8 -> "0x1";
      default -> String.valueOf(random.nextInt(length + 1));
    };
  }

  private static Message message(String list, String body) {
    var wire = "LHTTP/1.0 upload\r\nmultipart:" + list + "\r\n\r\n" + body;
    return MessageReader.DEFAULT.read(wire.getBytes(UTF_8), Format.TEXT);
  }

  @Test
  void parts_withoutMultipartHeader_areEmpty() {
    assertThat(Message.of("upload", "\r\nbody").parts()).isEmpty();
  }

  @Test
  void parts_secondCall_returnsSameList() {
    var message = message("0", "\r\nbody");
    assertThat(message.parts()).isSameAs(message.parts()).isUnmodifiable();
  }

  @Test
  void part_hasOwnHeadersAndBody() {
    var part = message("0 14", "k1:v1\r\n\r\nbody1K2: v2\r\n\r\nbody2").parts().get(1);
    assertThat(part.header("k2")).contains("v2");
    assertThat(part.header("k1")).isEmpty();
    assertThat(part.bodyBytes()).asString(UTF_8).isEqualTo("body2");
    assertThat(part.bodyBuffer().isReadOnly()).isTrue();
    assertThat(part.bodyBuffer().position()).isZero();
    assertThat(UTF_8.decode(part.bodyBuffer()).toString()).isEqualTo("body2");
    assertThat(part).hasToString("Part[{K2: v2} \"body2\"]");
  }

  @Test
  void parts_moreThan64_areRefused() {
    assertThat(message(offsets(64), "\r\n".repeat(64)).parts()).hasSize(64);
    assertRefused(
        message(offsets(65), "\r\n".repeat(65)),
        LIST + offsets(64).length() + 1,
        "multipart: more than 64 parts");
  }

  private static String offsets(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> String.valueOf(2 * i))
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "'',               0, no offset",
    "'0 x',            2, an offset is a number",
    "'0 1x',           3, an offset is a number",
    "'0 -1',           2, an offset is a number",
    "'0 1234567890',   2, an offset has at most 9 digits",
    "'0 999999999',    2, an offset lies past the end of the body",
    "'0  0',           3, offsets ascend",
    "'2 0',            2, offsets ascend",
  })
  void malformedOffsetList_isRefusedWithOffset(String list, int offset, String reason) {
    assertRefused(message(list, "\r\n\r\n"), LIST + offset, "multipart: " + reason);
  }

  @Test
  void malformedPart_isRefusedWithOffsetInMessage() {
    var body = "k:v\r\n\r\nk;w\r\n\r\n";
    assertRefused(
        message("0 7", body),
        message("0 7", body).size() - ";w\r\n\r\n".length(),
        "multipart: a header's name is a token, followed by a colon");
  }

  @Test
  void part_headCutByNextOffset_isRefused() {
    var body = "k:v\r\n\r\n";
    assertRefused(
        message("0 6", body),
        message("0 6", body).size() - 2,
        "multipart: a line of the head ends in CRLF");
  }

  @Test
  void part_tooManyHeaderLines_isRefusedWith400() {
    var body = "k:v\r\n".repeat(65) + "\r\n";
    assertRefused(
        message("0", body),
        message("0", body).size() - "k:v\r\n\r\n".length(),
        "multipart: more than 64 header lines");
  }

  @ParameterizedTest
  @ValueSource(strings = {"upstream", "multipart", "authorization", "id"})
  void part_singletonHeaderTwice_isRefusedWith400(String name) {
    var message = message("0", name + ":1\r\n" + name + ":2\r\n\r\n");
    assertRefused(
        message,
        message.size() - (name + ":2\r\n\r\n").length(),
        "multipart: the header " + name + " stands twice");
  }

  @Test
  void binaryPart_headNotUtf8_isRefused() {
    var wire = "LHTTP/1.0 upload\r\nmultipart:0 7\r\n\r\nk:v\r\n\r\nk:\u00ff\r\n\r\n";
    var message = MessageReader.DEFAULT.read(wire.getBytes(ISO_8859_1), Format.BINARY);
    assertRefused(
        message,
        message.size() - "\u00ff\r\n\r\n".length(),
        "multipart: a header's value is not UTF-8");
  }

  @Test
  void binaryPart_anyBodyBytes_areKept() {
    var wire = "LHTTP/1.0 upload\r\nmultipart:0\r\n\r\nk:v\r\n\r\n\u00ff\u0000";
    var message = MessageReader.DEFAULT.read(wire.getBytes(ISO_8859_1), Format.BINARY);
    assertThat(message.parts().get(0).bodyBytes()).containsExactly(0xff, 0);
  }

  @Test
  void readerLimit_afterRewrite_stillApplies() {
    var reader = new MessageReader(new CodecLimits(64, 8192, 100));
    var wire =
        "LHTTP/1.0 upload\r\nid:1\r\nmultipart:" + offsets(100) + "\r\n\r\n" + "\r\n".repeat(100);
    var message = reader.read(wire.getBytes(UTF_8), Format.TEXT);
    assertThat(message.parts()).hasSize(100);
    assertThat(message.without("id").parts()).hasSize(100);
    assertThat(message.withBody("\r\n".repeat(100)).parts()).hasSize(100);
  }

  private static void assertRefused(Message message, int offset, String reason) {
    assertThatThrownBy(message::parts)
        .asInstanceOf(type(ProtocolException.class))
        .satisfies(e -> {
          assertThat(e.status()).isEqualTo(400);
          assertThat(e.offset()).isEqualTo(offset);
          assertThat(e.reason()).isEqualTo(reason);
        });
  }
}
