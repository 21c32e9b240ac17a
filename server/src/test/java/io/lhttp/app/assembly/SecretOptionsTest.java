package io.lhttp.app.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.config.ConfigurationException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No error shows a plain secret in the options of a user's code, whatever its key is. */
class SecretOptionsTest extends FolderFixture {

  @BeforeEach
  void aFilterAndAProcessor() throws IOException {
    write(
        "filters/Sec.java",
        """
        import io.lhttp.*;
        import java.util.*;
        public class Sec implements Filter {
          record Inner(Secret deep) {}
          record Options(Optional<Secret> one, Optional<Secrets> many, List<Secret> list,
              Map<String, Secret> named, Optional<Inner> inner, Optional<String> text, Optional<Integer> count,
              Optional<Thread.State> state, Map<String, Object> any) {}
          public Sec(Options options) {}
        }
        """);
    write("filters/plain.js", "export const before = (ctx) => ctx.setHeader('a', 'b');\n");
    write(
        "processors/Say.java",
        """
        import io.lhttp.*;
        public class Say implements Processor {
          record Options(Secret one) {}
          public Say(Options options) {}
          public void onMessage(Exchange exchange) {}
        }
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- Sec: { one: HUSH, many: [ HUSH, HUSH2 ], foo: 1 } | - Sec: { one: …, many: [ …, … ], foo: 1 }",
        "- Sec: { one: 12345678, text: shown, count: 7, foo: a } | - Sec: { one: …, text: shown, count: 7, foo: … }",
        "- Sec: { list: [ HUSH ], named: { mia: HUSH }, fo: true } | - Sec: { list: [ … ], named: { mia: … }, fo: true }",
        "- Sec: { inner: { deep: HUSH, deap: HUSH }, count: 10s } | - Sec: { inner: { deep: …, deap: … }, count: 10s }",
        "- Sec: { state: NEW, any: { a: HUSH, b: 1.5 }, foo: 64KiB } | - Sec: { state: NEW, any: { a: …, b: 1.5 }, foo: 64KiB }",
        "- Sec: { one: 'file:none', text: shown } | - Sec: { one: 'file:none', text: shown }",
      })
  void errorInLine_hidesSecretsByType(String link, String shown) throws IOException {
    assertThat(problems("chain:\n  " + link + "\n"))
        .contains("\n      " + shown + "\n")
        .doesNotContain("HUSH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chain: [ { Sek: { one: HUSH, many: [ HUSH ] } } ]",
        "chain: [ { Sec: HUSH } ]",
        "chain: [ { Sec: [ HUSH ] } ]",
        "chain: [ { Sec: { one: HUSH, one: HUSH2 } } ]",
        "chain: [ { Sec: { one: { HUSH: HUSH } } } ]",
        "chain: [ { Sec: { list: HUSH } } ]",
        "chain: [ { Sec: { named: HUSH } } ]",
        "chain: [ { Sec: { inner: HUSH } } ]",
        "chain: [ { Sec: { oen: HUSH } } ]",
        "chain: [ { Sec: { count: ~, one: HUSH, foo: 1 } } ]",
        "chain: [ { plain: { one: HUSH, b: 'file:none' } } ]",
        "chain: [ pubsbu, { plain: { one: HUSH } } ]",
        "chain: { Sec: { one: HUSH } }",
        "chain: { Sec: HUSH }",
        "chian: [ { Sec: { one: HUSH } } ]",
        "chain: [ { Sec: { one: HUSH, many: [ HUSH } } ]",
        "chain: [ { Sec: { one: 'HUSH, many: [ HUSH ] } } ]",
        "chain:\n  - Sec:\n      one: 'HUSH\n",
        "chain:\n- Sec:\n    one: HUSH: HUSH\n",
        "chain:\n- Sec:\n\n    many:\n    - HUSH: @HUSH\n",
        "listen: a:b:c\nchain: [ { Sec: { one: HUSH, foo: 1 } } ]",
        "processors: { say: { class: Say, options: { one: HUSH, foo: 1 } } }",
        "processors: { say: { class: Say, one: HUSH } }",
        "processors: { say: { class: Sey, options: { one: HUSH } } }",
        "processors: { say: { class: Say, options: HUSH } }",
      })
  void optionWithoutKnownType_isHidden(String yaml) throws IOException {
    assertThat(problems(yaml)).contains("lhttp.yaml:").doesNotContain("HUSH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chain.Sec.one=HUSH",
        "chain.Sec.many=[HUSH]",
        "chain=[ { Sec: { one: HUSH } } ]",
        "processors.say.options.one=HUSH",
      })
  void commandLine_hidesOptions(String option) throws IOException {
    write("lhttp.yaml", "chain: [ { Sec: { foo: 1 } } ]\nprocessors: { say: Say }\n");

    assertThat(problems(List.of(option, option.replace("HUSH", "{ HUSH").replace("=", ".x="))))
        .doesNotContain("HUSH");
  }

  @Test
  void unknownFilter_hidesAllOptionsButPlainOnes() throws IOException {
    assertThat(problems("chain: [ { Sek: { one: HUSH, count: 7, every: 10s, b: true } } ]"))
        .contains("{ Sek: { one: …, count: 7, every: 10s, b: true } }");
  }

  private String problems(String yaml) throws IOException {
    write("lhttp.yaml", yaml);
    return problems(List.of());
  }

  private String problems(List<String> options) {
    var failure =
        catchThrowableOfType(
            ConfigurationException.class,
            () -> new ApplicationLoader(folder).overrides(options).environment(_ -> null).load());
    assertThat(failure).isNotNull();
    return String.valueOf(failure.getMessage());
  }
}
