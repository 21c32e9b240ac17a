package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message.Format;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.StringArbitrary;

/** What the writer writes, the reader reads back. */
class RoundTripTest {
  private static final int TRIES = 500;
  private static final String SEED = "20260101";
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  /** What Unicode calls white space belongs to a value. */
  private static final String SPACES_ELSEWHERE = "\u0085\u00a0\u2003\u3000\ufeff";

  private static final Set<String> SINGLETONS =
      Set.of("upstream", "multipart", "authorization", "id");

  @Property(tries = TRIES, seed = SEED)
  void aTextIsReadBack(
      @ForAll("commands") String command,
      @ForAll("headers") List<Header> headers,
      @ForAll("texts") String body) {
    var written = Message.builder(command).headers(headers).body(body).build();
    var read = MessageReader.DEFAULT.read(written.toBytes(), Format.TEXT);

    assertReadBack(read, written);
    assertThat(read.command()).isEqualTo(command);
    assertThat(read.headers()).isEqualTo(trimmed(headers));
    assertThat(read.body()).isEqualTo(body);
  }

  @Property(tries = TRIES, seed = SEED)
  void aBinaryMessageIsReadBack(
      @ForAll("commands") String command,
      @ForAll("headers") List<Header> headers,
      @ForAll("latin1") String latin1) {
    var body = latin1.getBytes(ISO_8859_1);
    var written = Message.builder(command).headers(headers).body(body).build();
    var read = MessageReader.DEFAULT.read(written.toBytes(), Format.BINARY);

    assertReadBack(read, written);
    assertThat(read.command()).isEqualTo(command);
    assertThat(read.headers()).isEqualTo(trimmed(headers));
    assertThat(read.bodyBytes()).isEqualTo(body);
  }

  @Property(tries = TRIES, seed = SEED)
  void rebuildingKeepsEveryLineByteForByte(
      @ForAll("commands") String command,
      @ForAll("headers") List<Header> headers,
      @ForAll("texts") String body) {
    var wire = wire(command, headers, body).getBytes(UTF_8);
    var message = MessageReader.DEFAULT.read(wire, Format.TEXT);

    assertThat(message.toBuilder().build().toBytes()).isEqualTo(wire);
    assertThat(message.toBuilder().build()).isEqualTo(message);
    assertThat(message.toBuilder().command("other").build().toBytes())
        .isEqualTo(wire("other", headers, body).getBytes(UTF_8));
  }

  @Property(tries = TRIES, seed = SEED)
  void anotherBodyIsTheSameHoweverItIsPutOn(
      @ForAll("commands") String command,
      @ForAll("headers") List<Header> headers,
      @ForAll("texts") String body,
      @ForAll("texts") String other) {
    var message =
        MessageReader.DEFAULT.read(wire(command, headers, body).getBytes(UTF_8), Format.TEXT);

    assertThat(message.withBody(other)).isEqualTo(message.toBuilder().body(other).build());
    assertThat(message.withBody(other).body()).isEqualTo(other);
    assertThat(message.withBody(other).headers()).isEqualTo(message.headers());
  }

  @Property(tries = TRIES, seed = SEED)
  void withoutDropsWhatItNamesAndNothingElse(
      @ForAll("commands") String command,
      @ForAll("headers") List<Header> headers,
      @ForAll("names") String first,
      @ForAll("names") String second,
      @ForAll("texts") String body) {
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

  /** As the protocol has it, the blanks around the values kept. */
  private static String wire(String command, List<Header> headers, String body) {
    var wire = new StringBuilder("LHTTP/1.0 ").append(command).append("\r\n");
    for (var header : headers) {
      wire.append(header.name()).append(':').append(header.value()).append("\r\n");
    }
    return wire.append("\r\n").append(body).toString();
  }

  /** Without the spaces and tabs around the values, and no other character. */
  private static List<Header> trimmed(List<Header> headers) {
    return headers.stream()
        .map(h -> new Header(h.name(), h.value().replaceAll("\\A[ \t]+|[ \t]+\\z", "")))
        .toList();
  }

  @Provide
  Arbitrary<String> commands() {
    return characters()
        .excludeChars(' ')
        .ofMinLength(1)
        .ofMaxLength(128)
        .filter(s -> wellFormed(s) && s.getBytes(UTF_8).length <= 128);
  }

  @Provide
  Arbitrary<List<Header>> headers() {
    var header = Combinators.combine(names(), values()).as(Header::new);
    return header.list().ofMaxSize(12).map(RoundTripTest::withoutDoubledSingletons);
  }

  /** Often one that other headers have too. */
  @Provide
  Arbitrary<String> names() {
    var tokens =
        Arbitraries.strings()
            .alpha()
            .numeric()
            .withChars(TOKEN_SIGNS)
            .ofMinLength(1)
            .ofMaxLength(128);
    var known = Arbitraries.of("publish", "Publish", "subscribe", "id", "ID", "multipart", "k");
    return Arbitraries.frequencyOf(Tuple.of(1, tokens), Tuple.of(3, known));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().ofMaxLength(200).filter(RoundTripTest::wellFormed);
  }

  /** A character for each byte. */
  @Provide
  Arbitrary<String> latin1() {
    return Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(200);
  }

  private static Arbitrary<String> values() {
    var text = characters().withChars('\t').ofMaxLength(60).filter(RoundTripTest::wellFormed);
    var blanks = Arbitraries.strings().withChars(" \t" + SPACES_ELSEWHERE).ofMaxLength(3);
    return Combinators.combine(blanks, text, blanks).as((before, t, after) -> before + t + after);
  }

  /** Without ASCII's control characters. */
  private static StringArbitrary characters() {
    return Arbitraries.strings()
        .withCharRange(' ', '~')
        .withCharRange('\u0080', '\uffff')
        .withChars(":: " + SPACES_ELSEWHERE);
  }

  private static boolean wellFormed(String s) {
    return UTF_8.newEncoder().canEncode(s);
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
