package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An option {@code --set} replaces a value of the file, and its errors name the option. */
class OverridesTest {
  private static final String FILE =
      "listen: 1\nlimits: { a: 1, b: 2 }\nchain: [x, { y: { o: 1 } }, a.b.C]\n";

  private final Problems problems = new Problems();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "listen=2            | listen   | 2",
        "listen=${PORT}      | listen   | 8081",
        "limits.b=3          | limits   | {a=1, b=3}",
        "limits={a: 7}       | limits   | {a=7}",
        "tls.key=k.pem       | tls      | {key=k.pem}",
        "chain=[z]           | chain    | [z]",
        "chain.y.o=2         | chain    | [x, {y={o=2}}, a.b.C]",
        "chain.a.b.C.o=2     | chain    | [x, {y={o=1}}, {a.b.C={o=2}}]",
        "chain.x.o=2         | chain    | [{x={o=2}}, {y={o=1}}, a.b.C]",
      })
  void override_replacesValueOfFile(String option, String key, String expected) {
    var root = (Node.Mapping) apply(option);

    assertThat(problems.found()).isEmpty();
    assertThat(root.entry(key).orElseThrow().value().plain().orElseThrow()).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "listen            | --set listen: expected KEY=VALUE with a key such as listen or limits.message-bytes",
        "a..b=1            | --set a..b=1: expected KEY=VALUE with a key such as listen or limits.message-bytes",
        "listen.port=1     | --set listen.port=1: 'port' would be a key of '1'",
        "chain.yy.o=1      | --set chain.yy.o=1: no item 'yy' in the list, did you mean 'y'?",
        "listen=${NONE}    | --set listen=${NONE}: the environment variable NONE is not set",
        "listen.sk4eC39HqLyjWDarjt=1 | --set listen.…=1: '…' would be a key of '1'",
        "chain.sk4eC39HqLyjWDarjt.o=1 | --set chain.….o=1: no item '…' in the list, expected one of x, y, a.b.C",
        "sk4eC39HqLyjWDarjt | --set …: expected KEY=VALUE with a key such as listen or limits.message-bytes",
        "listen=[          | --set listen=[: expected the node content, but found '<stream end>' (while parsing a flow node)",
      })
  void wrongOverride_namesOption(String option, String problem) {
    apply(option);

    assertThat(problems.found()).extracting(Problem::summary).containsExactly(problem);
  }

  @Test
  void nameWithCommonPrefix_isDistinguished() {
    var root = Yaml.file("f", "chain: [a, { a.b: { o: 1 } }]\n", name -> null, problems);

    var changed = (Node.Mapping) new Overrides(name -> null, problems).apply(root, "chain.a.b.o=2");

    assertThat(problems.found()).isEmpty();
    assertThat(changed.entry("chain").orElseThrow().value().plain().orElseThrow())
        .hasToString("[a, {a.b={o=2}}]");
  }

  @Test
  void twoOverrides_lastWins() {
    var overrides = new Overrides(name -> null, problems);
    var root = overrides.apply(overrides.apply(new Node.Nothing(Place.of("f")), "a=1"), "a=2");

    assertThat(root.plain().orElseThrow()).hasToString("{a=2}");
  }

  private Node apply(String option) {
    var root = Yaml.file("f", FILE, name -> null, problems);
    return new Overrides(name -> name.equals("PORT") ? "8081" : null, problems).apply(root, option);
  }
}
