package io.lhttp.client.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answer of the publish endpoint gives its channels or its error. */
class PublishAnswerTest {
  @Test
  void channels_areRead() {
    assertThat(PublishAnswer.channels("{\"channels\":3}")).contains(3);
    assertThat(PublishAnswer.channels(" { \"channels\" : 0 }\n")).contains(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"channels\":-1}",
        "{\"channels\":1.5}",
        "{\"channels\":99999999999}",
        "{\"channels\":1,\"x\":2}",
        "{\"channels\":1}}",
      })
  void channels_anythingElseIsNone(String json) {
    assertThat(PublishAnswer.channels(json)).isEmpty();
  }

  @Test
  void error_isUnescaped() {
    assertThat(PublishAnswer.error("{\"status\":400,\"error\":\"a\\n\\t\\/\\u00e9\\\"\"}"))
        .contains("a\n\t/é\"");
    assertThat(PublishAnswer.error("{\"status\":400,\"error\":\"\"}")).contains("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"status\":400}",
        "{\"status\":400,\"error\":\"a\"b\"}",
        "{\"status\":400,\"error\":\"\\x\"}",
        "{\"status\":400,\"error\":\"\\u12\"}",
        "{\"status\":400,\"error\":\"a\nb\"}",
        "{\"error\":\"a\"}",
      })
  void error_anythingElseIsNone(String json) {
    assertThat(PublishAnswer.error(json)).isEmpty();
  }

  @Test
  void error_ofManyEscapes_needsNoDeepStack() {
    var json = "{\"status\":400,\"error\":\"" + "a\\n".repeat(20_000) + "\"}";

    assertThat(PublishAnswer.error(json))
        .hasValueSatisfying(text -> assertThat(text).hasSize(40_000));
  }
}
