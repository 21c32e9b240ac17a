package io.lhttp.app.api.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records are read strictly, and an error names the place, the value and the expectation. */
class RecordsTest {
  private static final Choices CHOICES =
      new Choices(Map.of(Shape.class, Map.of("circle", Circle.class, "square", Square.class)));

  interface Shape {}

  record Circle(@Field(value = "r", least = 1, most = 9) int radius) implements Shape {}

  record Square(@Field("a") long sideLength) implements Shape {}

  enum Colour {
    RED,
    DARK_BLUE
  }

  record Drawing(
      @Field(value = "t", least = 1, most = 5) String title,
      @Field("c") Optional<Colour> colour,
      @Field("d") boolean done,
      @Field(value = "s", most = 2) List<Shape> shapes,
      @Field("l") Map<String, String> labels,
      @Field("x") Optional<RawJson> extra,
      @Field("w") Optional<Instant> when) {
    Drawing {
      if (title.equals("no")) {
        throw new IllegalArgumentException("title: not this one");
      }
    }
  }

  @Test
  void wholeRecord_isReadWithSliceAsWritten() throws Exception {
    var drawing =
        Records.read(
            Drawing.class,
            """
             {"title": "Ü😀", "colour": "dark-blue", "done": true,
              "shapes": [{"circle": {"radius": 9}}, {"square": {"side-length": 9223372036854775807}}],
              "labels": {"a": "b"}, "extra": { "n": 1.50, "l": [ ] }, "when": "2030-12-31T23:59:59Z"} \
            """,
            CHOICES);

    assertThat(drawing)
        .isEqualTo(
            new Drawing(
                "Ü😀",
                Optional.of(Colour.DARK_BLUE),
                true,
                List.of(new Circle(9), new Square(Long.MAX_VALUE)),
                Map.of("a", "b"),
                Optional.of(new RawJson("{ \"n\": 1.50, \"l\": [ ] }")),
                Optional.of(Instant.parse("2030-12-31T23:59:59Z"))));
  }

  @ParameterizedTest
  @CsvSource({"1.50", "-0", "1e400", "true", "null", "'\"\\u00e9\"'", "[[]]", "{}", "1"})
  void slice_hasEachKindOfValue(String value) throws Exception {
    for (var rest : new String[] {"}", " }", "\n,\"done\":false}"}) {
      assertThat(
              Records.read(Drawing.class, "{\"title\":\"a\",\"extra\": " + value + rest, CHOICES)
                  .extra())
          .contains(new RawJson(value));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}|$.title|'title' is missing, expected a text of 1 to 5 characters",
        "{\"title\":5}|$.title|expected a text of 1 to 5 characters, not 5",
        "{\"title\":\"\"}|$.title|expected a text of 1 to 5 characters, not \"\"",
        "{\"title\":\"123456\"}|$.title|expected a text of 1 to 5 characters, not \"123456\"",
        "{\"title\":null}|$.title|not null; leave the field out",
        "{\"titel\":\"a\"}|$.titel|unknown field 'titel', did you mean 'title'?",
        "{\"__proto__\":{}}|$.__proto__|unknown field '__proto__'",
        "{\"title\":\"a\",\"colour\":\"blu\"}|$.colour|unknown: 'blu', expected one of red,"
            + " dark-blue",
        "{\"title\":\"a\",\"colour\":\"rad\"}|$.colour|did you mean 'red'?",
        "{\"title\":\"a\",\"done\":\"true\"}|$.done|expected true or false, not \"true\"",
        "{\"title\":\"a\",\"done\":1}|$.done|expected true or false, not 1",
        "{\"title\":\"a\",\"shapes\":{}}|$.shapes|expected a list of 0 to 2 items",
        "{\"title\":\"a\",\"shapes\":[{}]}|$.shapes[0]|not {}",
        "{\"title\":\"a\",\"shapes\":[{\"circel\":{}}]}|$.shapes[0].circel|did you mean 'circle'?",
        "{\"title\":\"a\",\"shapes\":[{\"circle\":{\"radius\":10}}]}|$.shapes[0].circle.radius|expected"
            + " a whole number from 1 to 9, not 10",
        "{\"title\":\"a\",\"shapes\":[{\"circle\":{\"radius\":1.0}}]}|$.shapes[0].circle.radius|not"
            + " 1.0",
        "{\"title\":\"a\",\"shapes\":[{\"circle\":{\"radius\":4294967297}}]}|$.shapes[0].circle.radius|not"
            + " 4294967297",
        "{\"title\":\"a\",\"shapes\":[{\"square\":{\"side-length\":9223372036854775808}}]}|$.shapes[0].square[\"side-length\"]|a"
            + " whole number",
        "{\"title\":\"a\",\"shapes\":[{\"circle\":{\"radius\":1},\"square\":{}}]}|$.shapes[0]|one"
            + " member",
        "{\"title\":\"a\",\"shapes\":[{\"circle\":{\"radius\":1}},{\"circle\":{\"radius\":1}},{}]}|$.shapes|more"
            + " than 2 items",
        "{\"title\":\"a\",\"labels\":{\"b\":1}}|$.labels.b|expected a text, not 1",
        "{\"title\":\"a\",\"labels\":{\"b'\":[]}}|$.labels[\"b'\"]|expected a text, not a list",
        "{\"title\":\"a\",\"when\":\"today\"}|$.when|a time such as",
        "{\"title\":\"no\"}|$|title: not this one",
        "{\"title\":\"\\ud800\"}|$.title|not half of one",
        "{\"title\":\"a\",\"title\":\"b\"}|$|a member came twice: line 1",
        "{\"title\":\"a\",\"extra\":{\"a\":1,\"a\":2}}|$|a member came twice",
        "[]|$|expected an object with title, colour",
        "5|$|expected an object",
        "{\"title\":\"a\"}{}|$|nothing after it",
        "{\"title\":\"a\"|$|no JSON: line 1",
        "{title:\"a\"}|$|no JSON",
        "{\"title\":'a'}|$|no JSON",
        "{\"title\":NaN}|$|no JSON",
        "// a|$|no JSON",
      })
  void wrongText_isRefusedWithItsPlace(String text, String path, String message) {
    assertThatExceptionOfType(BadInput.class)
        .isThrownBy(() -> Records.read(Drawing.class, text, CHOICES))
        .satisfies(bad -> assertThat(bad.path()).isEqualTo(path))
        .withMessageContaining(message);
  }

  @Test
  void emptyText_isRefused() {
    assertThatExceptionOfType(BadInput.class)
        .isThrownBy(() -> Records.read(Drawing.class, "", CHOICES))
        .withMessageContaining("not an empty body");
  }

  @Test
  void deepTextLongNumberAndLongName_areRefused() {
    for (var value :
        List.of("[".repeat(10_000), "9".repeat(1_000), "{\"" + "n".repeat(2_000) + "\":1}")) {
      assertThatExceptionOfType(BadInput.class)
          .isThrownBy(() -> Records.read(Drawing.class, "{\"extra\":" + value, CHOICES))
          .withMessageContaining("nested deeper than 64 levels");
    }
  }

  @Test
  void errorOfLongValue_isShort() {
    assertThatExceptionOfType(BadInput.class)
        .isThrownBy(() ->
            Records.read(Drawing.class, "{\"title\":\"" + "x".repeat(100_000) + "\"}", CHOICES))
        .satisfies(bad -> {
          assertThat(bad.message()).hasSizeLessThan(300);
          assertThat(bad.value().orElseThrow()).hasSizeLessThan(300);
        });
  }

  @Test
  void tooManyMembersOfMap_areRefused() {
    var members = new StringBuilder("\"a\":\"\"");
    for (var i = 0; i < 100; i++) {
      members.append(",\"m").append(i).append("\":\"\"");
    }
    assertThatExceptionOfType(BadInput.class)
        .isThrownBy(() ->
            Records.read(Drawing.class, "{\"title\":\"a\",\"labels\":{" + members + "}}", CHOICES))
        .withMessage("more than 100 members");
  }

  @Test
  void record_isWrittenWithoutAbsentFields() {
    assertThat(
            Written.json(
                new Drawing(
                    "a",
                    Optional.of(Colour.DARK_BLUE),
                    false,
                    List.of(new Square(1)),
                    Map.of("b", "<"),
                    Optional.empty(),
                    Optional.empty())))
        .isEqualTo(
            "{\"title\":\"a\",\"colour\":\"dark-blue\",\"done\":false,"
                + "\"shapes\":[{\"side-length\":1}],\"labels\":{\"b\":\"\\u003C\"}}");
  }
}
