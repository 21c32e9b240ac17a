package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader of YAML keeps types, order and positions, and reports malformed text. */
class YamlTest {
  private final Problems problems = new Problems();

  @Test
  void values_keepTypesAndKeysKeepOrder() {
    var node = read("b: 1\na: [true, 2.5, 'x', null]\nc: {d: e}\n");

    assertThat(problems.found()).isEmpty();
    assertThat(node.plain().orElseThrow())
        .isEqualTo(Map.of("b", 1, "a", List.of(true, 2.5, "x"), "c", Map.of("d", "e")));
    assertThat(((Node.Mapping) node).entries())
        .extracting(Node.Entry::key)
        .containsExactly("b", "a", "c");
  }

  @ParameterizedTest
  @ValueSource(strings = {".inf", "-.inf", "+.Inf", ".nan", ".NaN", ".INF"})
  void numberThatIsNotFinite_isRefusedWithKeyAndColumn(String number) {
    var _ = read("a: [1]\nchain:\n  - one: { rate: %s }\nb: .inf\n".formatted(number));

    assertThat(problems.found())
        .extracting(problem -> problem.summary().lines().findFirst().orElseThrow())
        .containsExactly(
            "lhttp.yaml:3:18: chain[0].one.rate: expected a finite number, or a text in quotes, not '%s'"
                .formatted(number),
            "lhttp.yaml:4:4: b: expected a finite number, or a text in quotes, not '.inf'");
  }

  @Test
  void nodes_havePositions() {
    var root = (Node.Mapping) read("listen: 8081\nchain:\n  - auth: { jwt: 1 }\n");

    assertThat(root.entries().get(0).value().place()).isEqualTo(new Place("lhttp.yaml", 1, 9));
    var chain = (Node.Sequence) root.entries().get(1).value();
    var auth = ((Node.Mapping) chain.items().get(0)).entries().get(0);
    assertThat(auth.place()).isEqualTo(new Place("lhttp.yaml", 3, 5));
    assertThat(((Node.Mapping) auth.value()).entries().get(0).value().place())
        .isEqualTo(new Place("lhttp.yaml", 3, 18));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "${SECRET}            | s3: {cret}, # \"x\"",
        "{ a: ${SECRET} }     | {a=s3: {cret}, # \"x\"}",
        "[ ${PORT}, b ]       | [8081, b]",
        "'${PORT}'            | 8081",
        "\"${PORT}/x\"        | 8081/x",
        "ws://${HOST:127.0.0.1}:${PORT} | ws://127.0.0.1:8081",
        "{ a: ${NONE:b, c: d} } | {a=b, c: d}",
        "${PORT:9}            | 8081",
        "a${NONE:}b           | ab",
        "$${PORT}             | ${PORT}",
        "$PORT                | $PORT",
        "x # ${NONE}          | x"
      })
  void variables_comeFromEnvironmentAndAreNotParsedAsYaml(String text, String expected) {
    assertThat(read(text).plain().orElseThrow()).hasToString(expected);
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void describe_ofVariable_hidesItsValue() {
    var node = (Node.Mapping) read("a: ${SECRET}");

    assertThat(node.entries().get(0).value().describe()).isEqualTo("'${SECRET}'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: ${NONE}           | lhttp.yaml:1:4: the environment variable NONE is not set",
        "a: ${1X}             | lhttp.yaml:1:4: expected ${NAME} or ${NAME:default}, not '${1X}'",
        "a: 1~b: 2~a: 3       | lhttp.yaml:3:1: the key 'a' stands here twice, first in line 1",
        "a: &x 1~b: *x        | lhttp.yaml:2:4: an alias (*) is not supported: write the value out",
        "a: 1~---~b: 2        | lhttp.yaml:3:1: a second document begins here, expected one",
        "a: 1~b: x: y         | lhttp.yaml:2:5: mapping values are not allowed here",
        "a: [1,~b: 2          | lhttp.yaml:2:5: expected ',' or ']', but got <stream end> (while parsing a flow sequence)",
        "a: \uE024            | lhttp.yaml:1:4: the character U+E024 is for private use and not allowed here",
      })
  void malformedYaml_isReportedWithPosition(String text, String problem) {
    read(text.replace('~', '\n'));

    assertThat(problems.found()).extracting(Problem::summary).containsExactly(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: @b                 | 1:4 | that cannot start any token",
        "a: 1~b:~  @c~         | 3:3 | that cannot start any token",
        "a: 1~b: %c            | 2:4 | that cannot start any token",
        "a:~-b~                | 2:1 | could not find expected ':'",
        "a:~  - b~  c~d: 1~    | 3:3 | could not find expected ':'",
        "a: [ 'b ]~c: 1~       | 1:6 | found unexpected end of stream",
        "a: 'b~~~              | 1:4 | found unexpected end of stream",
        "a: \"\\q\"            | 1:6 | unknown escape character",
        "a: { b~               | 1:7 | but got <stream end>",
        "a: [ b,~  c~ ~~       | 2:4 | but got <stream end>",
        "a: 1~b: c\u0007~       | 2:5 | the character U+0007 is not allowed",
        "a: 1~\u0000: c~        | 2:1 | the character U+0000 is not allowed",
        "# a~# \u009f~          | 2:3 | the character U+009F is not allowed",
      })
  void invalidYaml_isReportedWithPlaceAndLine(String text, String place, String problem) {
    read(text.replace('~', '\n'));

    assertThat(problems.found())
        .singleElement()
        .satisfies(one -> {
          assertThat(one.summary()).startsWith("lhttp.yaml:" + place + ": ").contains(problem);
          assertThat(one.toString().lines().toList()).hasSize(3);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a:~>b: 1~    | 2 | 1 | `    >b: 1~    ^`",
        "a: 1~b:~  >c: 2~d: 3 | 3 | 3 | `      >c: 2~      ^`",
        "a:~  b: 1~>c: 2 | 3 | 1 | `    >c: 2~    ^`",
        "a:~  ->x~ | 2 | 4 | `      ->x~       ^`",
        "a:~>secret: hush-hush | 2 | 1 | `    >…~    ^`",
      })
  void tabIndentation_isReportedWithPositionAndLine(
      String text, int line, int column, String excerpt) {
    read(text.replace('~', '\n').replace('>', '\t'));

    assertThat(problems.found())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.place()).isEqualTo(new Place("lhttp.yaml", line, column));
          assertThat(problem.toString())
              .endsWith(
                  ": a tab does not indent in YAML: write spaces\n"
                      + excerpt.replace('~', '\n').replace('>', '\t'));
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chain:~  - a: b: c~>~ | 2",
        "a: 1~b: x: y~  >  ~c: 2~ | 2",
      })
  void blankLineWithTab_isNotBlamedForOtherError(String text, int line) {
    read(text.replace('~', '\n').replace('>', '\t'));

    assertThat(problems.found())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.place().line()).isEqualTo(line);
          assertThat(problem.summary()).contains("mapping values are not allowed here");
        });
  }

  @Test
  void textWithCommentOnly_isNothing() {
    assertThat(read("# only a comment\n")).isInstanceOf(Node.Nothing.class);
    assertThat(problems.found()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"${", "$${", "${a ", "$", "${}${"})
  void unterminatedReferences_areReadOnce(String word) {
    var text = word.repeat(200_000);
    var node = read("a: 1 # " + text + "\nb: '" + text.replace("}", "") + "'\n");

    assertThat(node.plain().map(plain -> (Object) ((Map<?, ?>) plain).get("b")))
        .contains(text.replace("}", ""));
  }

  private Node read(String text) {
    var environment = Map.of("SECRET", "s3: {cret}, # \"x\"", "PORT", "8081");
    return Yaml.file("lhttp.yaml", text, environment::get, problems);
  }
}
