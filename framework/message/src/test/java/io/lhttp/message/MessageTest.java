package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.message.Message.Format;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message is built, changed and written by the rules of the protocol. */
class MessageTest {
  private static final byte[] NO_UTF8 = {'a', (byte) 0xff};

  @Test
  void articleExample_isWrittenByteForByte() {
    var message =
        Message.builder("chat")
            .header("content-type", "json")
            .header("publish", "channel_jack")
            .body("hello")
            .build();
    assertThat(text(message))
        .isEqualTo("LHTTP/1.0 chat\r\ncontent-type:json\r\npublish:channel_jack\r\n\r\nhello");
    assertThat(message.size()).isEqualTo(64);
  }

  @Test
  void emptyBody_emptyLineIsWritten() {
    assertThat(text(Message.of("ping", ""))).isEqualTo("LHTTP/1.0 ping\r\n\r\n");
    assertThat(text(read("LHTTP/1.0 ping\r\n").toBuilder().build()))
        .isEqualTo("LHTTP/1.0 ping\r\n\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "'',        'a command has 1 to 128 bytes, this one has 0'",
    "'two words', 'a command has no space and no control character, this one has U+0020 at 3'",
    "'c\r\nk:v', 'a command has no space and no control character, this one has U+000D at 1'",
    "'c\u007f',  'a command has no space and no control character, this one has U+007F at 1'"
  })
  void builder_malformedCommand_throws(String command, String error) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.builder(command))
        .withMessage(error);
    var builder = Message.builder("c");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.command(command))
        .withMessage(error);
    assertThat(builder.build().command()).isEqualTo("c");
  }

  @Test
  void commandLength_isCountedInBytes() {
    assertThat(Message.of("茶".repeat(42), "").command()).hasSize(42);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.of("茶".repeat(43), ""))
        .withMessage("a command has 1 to 128 bytes, this one has 129");
  }

  @ParameterizedTest
  @CsvSource({
    "'',      'a header''s name has 1 to 128 bytes, this one has 0'",
    "'a b',   'a header''s name is a token, this one has U+0020 at 1'",
    "'a:b',   'a header''s name is a token, this one has U+003A at 1'",
    "'a\r\n', 'a header''s name is a token, this one has U+000D at 1'",
    "'ké',    'a header''s name is a token, this one has U+00E9 at 1'",
    "'k\u4e61', 'a header''s name is a token, this one has U+4E61 at 1'"
  })
  void builder_malformedHeaderName_throws(String name, String error) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.builder("c").header(name, "v"))
        .withMessage(error);
  }

  @Test
  void builder_headerNameOver128Bytes_throws() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.builder("c").header("k".repeat(129), "v"))
        .withMessage("a header's name has 1 to 128 bytes, this one has 129");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v\r\nx:y",
        "\r\nx:y",
        "v\r\n",
        "v\n",
        "v\r",
        "\nv",
        "v\0",
        "v\u001b[2J",
        "v\u007f",
        "v\u000b"
      })
  void builder_controlCharacterInValue_throws(String value) {
    var builder = Message.builder("c");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.header("k", value))
        .withMessageMatching(
            "a value has no control character, that of the header k has U\\+00[017].*");
    assertThat(builder.build().headers()).isEmpty();
  }

  @Test
  void builder_controlCharacterAfterSpaces_reportsOffset() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.builder("c").header("k", "  v\r\n"))
        .withMessage("a value has no control character, that of the header k has U+000D at 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"upstream", "multipart", "authorization", "id"})
  void builder_singletonHeaderTwice_throws(String name) {
    var builder = Message.builder("c").header(name, "0").header(name.toUpperCase(Locale.ROOT), "0");
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("the header %s stands twice", name);
  }

  @Test
  void headerValue_surroundingSpacesAndTabs_areDropped() {
    var message = Message.builder("c").header("k", " \t\u3000v\u2003\t ").build();
    assertThat(text(message)).isEqualTo("LHTTP/1.0 c\r\nk:\u3000v\u2003\r\n\r\n");
    assertThat(message.header("k")).contains("\u3000v\u2003");
  }

  @Test
  void loneSurrogates_areWrittenAsQuestionMarks() {
    var message = Message.builder("c\ud800").header("k", "\udfffv").body("\ud83c!").build();
    assertThat(text(message)).isEqualTo("LHTTP/1.0 c?\r\nk:?v\r\n\r\n?!");
    assertThat(message.toBuilder().build()).isEqualTo(message);
  }

  @Test
  void textFormat_bodyNotUtf8_throws() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Message.builder("c").body(NO_UTF8).format(Format.TEXT).build())
        .withMessage("the body of a text message is not UTF-8");
    var binary = Message.builder("c").body(NO_UTF8).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> binary.toBuilder().format(Format.TEXT).build());
    assertThat(binary.toBuilder().format(Format.TEXT).body("text").build().body())
        .isEqualTo("text");
  }

  @Test
  void format_notSet_followsTypeOfBody() {
    assertThat(Message.of("c", "text").format()).isEqualTo(Format.TEXT);
    var binary = Message.builder("c").body("é".getBytes(UTF_8)).build();
    assertThat(binary.format()).isEqualTo(Format.BINARY);
    assertThat(binary.toBuilder().build().format()).isEqualTo(Format.BINARY);
    assertThat(binary.toBuilder().body("text").build().format()).isEqualTo(Format.BINARY);
    assertThat(binary.toBuilder().format(Format.TEXT).build()).isEqualTo(Message.of("c", "é"));
    assertThat(binary).isNotEqualTo(Message.of("c", "é"));
    assertThat(Message.builder("c").body("é").format(Format.BINARY).build()).isEqualTo(binary);
  }

  @Test
  void bodyBytes_areCopiedInAndOut() {
    var body = new byte[] {1, 2, 3};
    var builder = Message.builder("c").body(body);
    body[0] = 9;
    var message = builder.build();
    message.bodyBytes()[1] = 9;
    message.toBytes()[message.size() - 1] = 9;
    assertThat(message.bodyBytes()).containsExactly(1, 2, 3);
  }

  @Test
  void bodyBuffer_isReadOnlyViewOfBody() {
    var buffer = read("LHTTP/1.0 c\r\nk:v\r\n\r\nbody").bodyBuffer();
    assertThat(buffer.capacity()).isEqualTo(4);
    assertThatThrownBy(() -> buffer.put(0, (byte) 'x')).isInstanceOf(ReadOnlyBufferException.class);
    assertThat(buffer).isEqualTo(ByteBuffer.wrap("body".getBytes(UTF_8)));
  }

  @Test
  void body_binaryNotUtf8_hasReplacementCharacters() {
    assertThat(Message.builder("c").body(NO_UTF8).build().body()).isEqualTo("a\ufffd");
  }

  @Test
  void builder_usedAfterBuild_leavesFirstMessageUnchanged() {
    var builder = Message.builder("c").header("a", "1").body("x");
    var first = builder.build();
    var second = builder.header("b", "2").command("d").withoutHeaders().header("e", "3").build();
    assertThat(text(first)).isEqualTo("LHTTP/1.0 c\r\na:1\r\n\r\nx");
    assertThat(text(second)).isEqualTo("LHTTP/1.0 d\r\ne:3\r\n\r\nx");
  }

  @Test
  void headers_areFoundIgnoringCase() {
    var headers = read("LHTTP/1.0 c\r\nContent-Type: json\r\ncontent-type:xml\r\n\r\n").headers();
    assertThat(headers.first("content-type")).contains("json");
    assertThat(headers.first("CONTENT-TYPE")).contains("json");
    assertThat(headers.has("cOnTeNt-TyPe")).isTrue();
    assertThat(headers.first("content-typ")).isEmpty();
    assertThat(headers.has("")).isFalse();
  }

  @Test
  void headers_nonAsciiLetters_matchExactly() {
    var message = read("LHTTP/1.0 c\r\nk^:1\r\nid:2\r\ns:3\r\n\r\n");
    // The Kelvin sign, a dotless i and a long s equal k, i and s in other comparisons without case.
    assertThat(message.headers().has("\u212a^")).isFalse();
    assertThat(message.headers().has("k~")).isFalse();
    assertThat(message.without("\u212a^", "\u0131d", "\u017f")).isSameAs(message);
    assertThat(message.toBuilder().without("\u212a^", "\u0131d", "\u017f").build())
        .isEqualTo(message);
  }

  @Test
  void headersIs_comparesFirstValueByteForByte() {
    var headers = read("LHTTP/1.0 c\r\nack:true\r\nack:false\r\nk: é\r\n\r\n").headers();
    assertThat(headers.is("Ack", "true")).isTrue();
    assertThat(headers.is("ack", "false")).isFalse();
    assertThat(headers.is("ack", "True")).isFalse();
    assertThat(headers.is("ack", "tru")).isFalse();
    assertThat(headers.is("nack", "true")).isFalse();
    assertThat(headers.is("k", "é")).isFalse();
  }

  @Test
  void words_severalHeadersOfOneName_areJoined() {
    var headers =
        read("LHTTP/1.0 c\r\nsubscribe:  a  b\r\nk:v\r\nSubscribe:\r\nsubscribe:茶 c\td \r\n\r\n")
            .headers();
    assertThat(headers.words("subscribe")).containsExactly("a", "b", "茶", "c\td");
    assertThat(headers.words("publish")).isEmpty();
  }

  @Test
  void words_overLimit_areRefusedWith413() {
    var headers = read("LHTTP/1.0 c\r\nsubscribe:a b\r\nsubscribe:c d\r\n\r\n").headers();
    assertThat(headers.words("subscribe", 4)).containsExactly("a", "b", "c", "d");
    assertThatThrownBy(() -> headers.words("subscribe", 3))
        .asInstanceOf(type(ProtocolException.class))
        .satisfies(e -> {
          assertThat(e.status()).isEqualTo(413);
          assertThat(e.offset()).isEqualTo(40);
          assertThat(e.reason()).isEqualTo("more than 3 words in the header subscribe");
        });
  }

  @Test
  void headers_areUnmodifiableListInWrittenOrder() {
    var headers = read("LHTTP/1.0 c\r\nB:1\r\na: 2 \r\n\r\n").headers();
    assertThat(headers).isEqualTo(List.of(new Header("B", "1"), new Header("a", "2")));
    assertThatThrownBy(() -> headers.add(new Header("k", "v")))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(headers::clear).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> headers.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> headers.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void builder_headersOfOtherMessage_areAppended() {
    var other = read("LHTTP/1.0 c\r\nB:1\r\na: 2 \r\n\r\n");
    assertThat(text(Message.builder("d").header("x", "0").headers(other.headers()).build()))
        .isEqualTo("LHTTP/1.0 d\r\nx:0\r\nB:1\r\na:2\r\n\r\n");
  }

  @Test
  void set_presentHeader_replacesAllItsValuesAtItsPlace() {
    var message = read("LHTTP/1.0 c\r\na:1\r\nB:2\r\nc:3\r\nb:4\r\n\r\nbody");
    assertThat(text(message.toBuilder().set("b", "5", "6").build()))
        .isEqualTo("LHTTP/1.0 c\r\na:1\r\nb:5\r\nb:6\r\nc:3\r\n\r\nbody");
    assertThat(text(message.toBuilder().set("b").build()))
        .isEqualTo("LHTTP/1.0 c\r\na:1\r\nc:3\r\n\r\nbody");
  }

  @Test
  void set_absentHeader_addsItAfterTheOthers() {
    var message = read("LHTTP/1.0 c\r\na:1\r\n\r\nbody");
    assertThat(text(message.toBuilder().set("b", "2").build()))
        .isEqualTo("LHTTP/1.0 c\r\na:1\r\nb:2\r\n\r\nbody");
    assertThat(text(message.toBuilder().set("b").build())).isEqualTo(text(message));
  }

  @Test
  void set_malformedValue_changesNothing() {
    var builder = read("LHTTP/1.0 c\r\nb:1\r\n\r\n").toBuilder();
    assertThatIllegalArgumentException().isThrownBy(() -> builder.set("b", "2", "x\ny"));
    assertThat(text(builder.build())).isEqualTo("LHTTP/1.0 c\r\nb:1\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"id", "ID", "Cookie", "x-api-key", "_under"})
  void withoutNames_presentHeader_isRemoved(String name) {
    var names = HeaderNames.of("cookie", "id", "x-api-key", "_UNDER");
    var message = Message.builder("c").header("a", "1").header(name, "2").header("b", "3").build();
    assertThat(text(message.without(names))).isEqualTo("LHTTP/1.0 c\r\na:1\r\nb:3\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"in", "i", "ide", "cookies", "coolie", "x-api-kez", "~under"})
  void withoutNames_similarHeader_returnsSameInstance(String name) {
    var names = HeaderNames.of("cookie", "id", "x-api-key", "_under");
    var message = Message.builder("c").header(name, "2").build();
    assertThat(message.without(names)).isSameAs(message);
    assertThat(message.without(HeaderNames.of())).isSameAs(message);
  }

  @Test
  void headerNames_malformedName_throws() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeaderNames.of("id", "two words"))
        .withMessage("a header's name is a token, this one has U+0020 at 3");
  }

  @Test
  void without_absentHeader_returnsSameInstance() {
    var message = Message.of("c", "body");
    assertThat(message.without()).isSameAs(message);
    assertThat(message.without("id")).isSameAs(message);
  }

  @Test
  void withBody_headWithoutEmptyLine_addsIt() {
    assertThat(text(read("LHTTP/1.0 c\r\nk:v\r\n").withBody("x")))
        .isEqualTo("LHTTP/1.0 c\r\nk:v\r\n\r\nx");
  }

  @Test
  void withBody_keepsFormatAndReadsNewParts() {
    var message = Message.builder("c").header("multipart", "0").body(NO_UTF8).build();
    var other = message.withBody("\r\npart");
    assertThat(other.format()).isEqualTo(Format.BINARY);
    assertThat(other.parts().get(0).body()).isEqualTo("part");
  }

  @ParameterizedTest
  @CsvSource({"0, 16, 1", "1, 15, 1", "1, 16, 0", "-1, -1, -1"})
  void codecLimits_tooSmall_throws(int lines, int bytes, int parts) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CodecLimits(lines, bytes, parts))
        .withMessageEndingWith("headerLines=%d headerLineBytes=%d parts=%d", lines, bytes, parts);
  }

  private static Message read(String wire) {
    return MessageReader.DEFAULT.read(wire.getBytes(UTF_8), Format.TEXT);
  }

  private static String text(Message message) {
    return new String(message.toBytes(), UTF_8);
  }
}
