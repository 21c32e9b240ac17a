package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Errors about long lines and many errors take linear time. A time that grows with the square of
 * these texts is minutes.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyProblemsTest {
  private final Problems problems = new Problems();

  @ParameterizedTest
  @CsvSource({"101, 1 more problem", "20000, 19900 more problems"})
  void manyProblems_showFirstHundredAndNumberOfOthers(int count, String others) {
    read(wrongLines(count));

    assertThatThrownBy(problems::throwIfAny)
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e -> {
              assertThat(e.problems()).hasSize(101);
              assertThat(e.getMessage())
                  .startsWith("f:1:5: the environment variable X is not set\n    x1: ${X}\n")
                  .contains("\nf:100:7: the environment variable X is not set\n")
                  .endsWith("^\nf:101:7: " + others);
            });
  }

  @Test
  void hundredProblems_areAllShown() {
    read(wrongLines(100));

    assertThatThrownBy(problems::throwIfAny)
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e -> {
              assertThat(e.problems()).hasSize(100);
              assertThat(e.getMessage()).doesNotContain("more problem").endsWith("^");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`a: ${X} # `          | `ab `   | 500000  | ``",
        "`a: ${X} # `          | `-`     | 2000000 | ``",
        "`a:~# `               | `a b `  | 500000  | `~  b: ${X}`",
        "`a: {~# `             | `a: b ` | 500000  | `~  b: ${X} }`",
        "`a: [ `               | `${X},` | 30000   | `]`",
        "`a: \"`               | `${X}`  | 30000   | `\"`",
        "`a: {~`               | `b: [c],~` | 20000 | `d: ${X}, e: ${X} }`",
        "`a: b: `              | `c d `  | 500000  | ``",
      })
  void problemInLongText_isShown(String before, String repeated, int count, String behind) {
    read((before + repeated.repeat(count) + behind).replace('~', '\n'));

    assertThatThrownBy(problems::throwIfAny)
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.getMessage()).startsWith("f:").contains("^").hasSizeLessThan(100_000));
  }

  @Test
  void comment_hidesNoLineBelow() {
    var _ = Yaml.file("f", "a:\n# the token is elsewhere\n  b: c: d\n", name -> null, problems);

    assertThat(problems.found()).singleElement().asString().contains("\n      b: c: d\n");
  }

  private static String wrongLines(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj("x%d: ${X}\n"::formatted)
        .collect(Collectors.joining());
  }

  private void read(String text) {
    var _ = Yaml.file("f", text, name -> null, problems);
  }
}
