package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message.Format;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reader reads back every message that the writer writes. */
class RoundTripTest {
  private static final int TRIES = 500;
  private static final long SEED = 20260101;
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  /** White space of Unicode, which the protocol does not remove around a value. */
  private static final String SPACES_ELSEWHERE = "\u0085\u00a0\u2003\u3000\ufeff";

  private static final Set<String> SINGLETONS =
      Set.of("upstream", "multipart", "authorization", "id");

  @ParameterizedTest
  @MethodSource("seeds")
  void textMessage_writtenAndRead_isEqual(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var body = any.text();
    var written = Message.builder(command).headers(headers).body(body).build();
    var read = MessageReader.DEFAULT.read(written.toBytes(), Format.TEXT);

    assertReadBack(read, written);
    assertThat(read.command()).isEqualTo(command);
    assertThat(read.headers()).isEqualTo(trimmed(headers));
    assertThat(read.body()).isEqualTo(body);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void binaryMessage_writtenAndRead_isEqual(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var latin1 = any.latin1();
    var body = latin1.getBytes(ISO_8859_1);
    var written = Message.builder(command).headers(headers).body(body).build();
    var read = MessageReader.DEFAULT.read(written.toBytes(), Format.BINARY);

    assertReadBack(read, written);
    assertThat(read.command()).isEqualTo(command);
    assertThat(read.headers()).isEqualTo(trimmed(headers));
    assertThat(read.bodyBytes()).isEqualTo(body);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void toBuilder_build_keepsEveryByte(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var body = any.text();
    var wire = wire(command, headers, body).getBytes(UTF_8);
    var message = MessageReader.DEFAULT.read(wire, Format.TEXT);

    assertThat(message.toBuilder().build().toBytes()).isEqualTo(wire);
    assertThat(message.toBuilder().build()).isEqualTo(message);
    assertThat(message.toBuilder().command("other").build().toBytes())
        .isEqualTo(wire("other", headers, body).getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withBody_equalsBuilderWithBody(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var body = any.text();
    var other = any.text();
    var message =
        MessageReader.DEFAULT.read(wire(command, headers, body).getBytes(UTF_8), Format.TEXT);

    assertThat(message.withBody(other)).isEqualTo(message.toBuilder().body(other).build());
    assertThat(message.withBody(other).body()).isEqualTo(other);
    assertThat(message.withBody(other).headers()).isEqualTo(message.headers());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withOnly_equalsBuilderWithHeaderSet(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var body = any.text();
    var message =
        MessageReader.DEFAULT.read(wire(command, headers, body).getBytes(UTF_8), Format.TEXT);
    var value = any.text().replaceAll("\\p{Cc}", "");

    assertThat(message.withOnly("x-new", value))
        .isEqualTo(message.toBuilder().set("x-new", value).build());
    for (var header : message.headers()) {
      var changed = message.withOnly(header.name(), value);
      assertThat(changed).isEqualTo(message.toBuilder().set(header.name(), value).build());
      assertThat(changed.headers())
          .isEqualTo(MessageReader.DEFAULT.read(changed.toBytes(), Format.TEXT).headers());
      assertThat(changed.body()).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void without_dropsOnlyNamedHeaders(long seed) {
    var any = new Any(seed);
    var command = any.command();
    var headers = any.headers();
    var first = any.name();
    var second = any.name();
    var body = any.text();
    var message =
        MessageReader.DEFAULT.read(wire(command, headers, body).getBytes(UTF_8), Format.TEXT);
    var kept =
        headers.stream()
            .filter(h -> !h.name().equalsIgnoreCase(first) && !h.name().equalsIgnoreCase(second))
            .toList();

    var without = message.without(first, second);

    if (kept.size() == headers.size()) {
      assertThat(without).isSameAs(message);
    } else {
      assertThat(without.toBytes()).isEqualTo(wire(command, kept, body).getBytes(UTF_8));
      assertThat(without.headers()).isEqualTo(trimmed(kept));
    }
  }

  private static void assertReadBack(Message read, Message written) {
    assertThat(read).isEqualTo(written).hasSameHashCodeAs(written);
    assertThat(read.format()).isEqualTo(written.format());
    assertThat(read.command()).isEqualTo(written.command());
    assertThat(read.headers()).isEqualTo(written.headers());
    assertThat(read.bodyBytes()).isEqualTo(written.bodyBytes());
    assertThat(read.size()).isEqualTo(written.size());
  }

  /** Encodes a message by the protocol, with the white space around its values. */
  private static String wire(String command, List<Header> headers, String body) {
    var wire = new StringBuilder("LHTTP/1.0 ").append(command).append("\r\n");
    for (var header : headers) {
      wire.append(header.name()).append(':').append(header.value()).append("\r\n");
    }
    return wire.append("\r\n").append(body).toString();
  }

  /**
   * Returns the headers without the spaces and tabs around their values, and with all other
   * characters.
   */
  private static List<Header> trimmed(List<Header> headers) {
    return headers.stream()
        .map(h -> new Header(h.name(), h.value().replaceAll("\\A[ \t]+|[ \t]+\\z", "")))
        .toList();
  }

  /** The seeds of the messages, so that a failed test shows its seed. */
  static IntStream seeds() {
    return IntStream.range(0, TRIES);
  }

  /**
   * Generates all texts that the protocol allows, with its edge cases more often than at random.
   */
  private static final class Any {
    private static final List<String> KNOWN =
        List.of("publish", "Publish", "subscribe", "id", "ID", "multipart", "k");
    private static final String ALNUM =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final String EDGES = "\u0080\u07ff\u0800\ud7ff\ue000\ufffd\uffff";

    private final Random random;

    Any(long seed) {
      random = new Random(SEED + seed);
    }

    String command() {
      while (true) {
        var command = characters(1, 128).replace(" ", "");
        if (!command.isEmpty() && command.getBytes(UTF_8).length <= 128) {
          return command;
        }
      }
    }

    List<Header> headers() {
      var headers = new ArrayList<Header>();
      for (var left = random.nextInt(13); left > 0; left--) {
        headers.add(new Header(name(), value()));
      }
      return withoutDoubledSingletons(headers);
    }

    /** Returns a header's name, often one of a few names. */
    String name() {
      return random.nextInt(4) > 0
          ? KNOWN.get(random.nextInt(KNOWN.size()))
          : of(ALNUM + TOKEN_SIGNS, 1, 128);
    }

    /** Returns any text, with control characters and characters beyond 16 bits. */
    String text() {
      var text = new StringBuilder();
      for (var left = length(0, 200); left > 0; left--) {
        text.appendCodePoint(random.nextInt(8) == 0 ? random.nextInt(' ') : character());
      }
      return text.toString();
    }

    /** Returns any bytes, as a text with one character for each byte. */
    String latin1() {
      var text = new StringBuilder();
      for (var left = length(0, 200); left > 0; left--) {
        text.append((char) random.nextInt(256));
      }
      return text.toString();
    }

    private String value() {
      var blanks = " \t" + SPACES_ELSEWHERE;
      return of(blanks, 0, 3) + characters(0, 60) + of(blanks, 0, 3);
    }

    /** Returns a text without ASCII's control characters. */
    private String characters(int min, int max) {
      var text = new StringBuilder();
      for (var left = length(min, max); left > 0; left--) {
        text.appendCodePoint(character());
      }
      return text.toString();
    }

    private int character() {
      return switch (random.nextInt(8)) {
        case 0 -> ':';
        case 1 -> SPACES_ELSEWHERE.charAt(random.nextInt(SPACES_ELSEWHERE.length()));
        case 2 -> random.nextInt(0x80, 0xd800);
        case 3 -> random.nextInt(0x10000, 0x110000);
        case 4 -> edge();
        default -> random.nextInt(' ', 0x7f);
      };
    }

    private int edge() {
      return EDGES.charAt(random.nextInt(EDGES.length()));
    }

    private String of(String characters, int min, int max) {
      var text = new StringBuilder();
      for (var left = length(min, max); left > 0; left--) {
        text.append(characters.charAt(random.nextInt(characters.length())));
      }
      return text.toString();
    }

    /** Returns a length between the bounds, and the bounds themselves more often. */
    private int length(int min, int max) {
      return switch (random.nextInt(8)) {
        case 0 -> min;
        case 1 -> max;
        default -> random.nextInt(min, max + 1);
      };
    }
  }

  private static List<Header> withoutDoubledSingletons(List<Header> headers) {
    var seen = new HashSet<String>();
    var kept = new ArrayList<Header>();
    for (var header : headers) {
      var name = header.name().toLowerCase(Locale.ROOT);
      if (seen.add(name) || !SINGLETONS.contains(name)) {
        kept.add(header);
      }
    }
    return kept;
  }
}
