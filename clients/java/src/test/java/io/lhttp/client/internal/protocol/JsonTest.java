package io.lhttp.client.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON reader reads values and refuses malformed text. */
class JsonTest {
  @Test
  void values_areReadByTheirType() {
    var text =
        """
         { "text": "a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\udc4b", "yes": true, "no": false,
           "none": null, "zero": 0, "less": -12, "long": 999999999999999999, "half": 0.5,
           "many": 1E+3, "list": [ 1, [], {}, null, "x" ], "empty": {} }
        """;

    assertThat(Json.object(text))
        .isEqualTo(
            Map.of(
                "text",
                "a\"\\/\b\f\n\r\té👋",
                "yes",
                true,
                "no",
                false,
                "zero",
                0L,
                "less",
                -12L,
                "long",
                999_999_999_999_999_999L,
                "half",
                0.5,
                "many",
                1000.0,
                "list",
                List.of(1L, List.of(), Map.of(), "x"),
                "empty",
                Map.of()));
  }

  @Test
  void nameTwice_theLastCounts() {
    assertThat(Json.object("{\"a\":1,\"a\":2,\"b\":1,\"b\":null}")).isEqualTo(Map.of("a", 2L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "null",
        "{",
        "}",
        "{}}",
        "{} x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":NaN}",
        "{\"a\":truE}",
        "{\"a\":nul",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u00zz\"}",
        "{\"a\":\"b\nc\"}",
      })
  void malformedText_isRefused(String text) {
    assertThatThrownBy(() -> Json.object(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("JSON: expected .+ at \\d+");
  }

  @Test
  void everyPrefix_isRefused() {
    var text = "{\"members\":[{\"user\":\"m\\u00e9\",\"since\":-1.5e3,\"x\":[true,null]}]}";

    for (var end = 0; end < text.length(); end++) {
      var prefix = text.substring(0, end);
      assertThatThrownBy(() -> Json.object(prefix)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void deepNesting_isRefusedWithoutADeepStack() {
    assertThatThrownBy(() -> Json.object("{\"a\":" + "[".repeat(1_000_000)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Json.object("{\"a\":" + "[".repeat(14) + "]".repeat(14) + "}")).hasSize(1);
  }
}
