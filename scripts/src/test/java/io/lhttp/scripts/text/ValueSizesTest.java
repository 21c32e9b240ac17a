package io.lhttp.scripts.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes count the bytes of a text in UTF-8. */
class ValueSizesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "ascii only",
        "\u007f",
        "\u0080",
        "\u00e9",
        "\u07ff",
        "\u0800",
        "\u20ac",
        "\uffff",
        "\ud83d\ude00",
        "a\ud83d\ude00b",
        "\ud83d",
        "\ude00",
        "\ud83dx",
        "\ude00\ud83d",
        "\ud83d\ud83d\ude00",
        "\ud7ff\ue000",
      })
  void utf8_countsEncodedBytes(String text) {
    assertThat(ValueSizes.utf8(text)).isEqualTo(text.getBytes(UTF_8).length);
    assertThat(ValueSizes.of(text)).isEqualTo(ValueSizes.utf8(text));
    assertThat(ValueSizes.of(new JsonText(text))).isEqualTo(ValueSizes.utf8(text));
  }
}
