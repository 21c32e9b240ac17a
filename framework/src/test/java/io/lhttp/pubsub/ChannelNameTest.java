package io.lhttp.pubsub;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChannelNameTest {
  static Stream<String> names() {
    return Stream.of(
        "a",
        "x".repeat(255),
        "ö".repeat(127) + "x",
        "\ud83d\ude00".repeat(63) + "xyz",
        "*",
        ">",
        "a.b",
        "$SYS",
        "\u00a0",
        "日本語");
  }

  static Stream<String> noNames() {
    return Stream.of(
        "",
        " ",
        "a b",
        "a\tb",
        "a\rb",
        "a\nb",
        "\u0000",
        "\u007f",
        "\u0085",
        "x".repeat(256),
        "ö".repeat(128),
        "\ud83d\ude00".repeat(64),
        "\ud83d",
        "\ude00",
        "a\ud83db",
        "\ude00\ud83d");
  }

  @ParameterizedTest
  @MethodSource("names")
  void isAChannelsName(String name) {
    assertThatCode(() -> ChannelName.require(name)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("noNames")
  void isNone(String name) {
    assertThatThrownBy(() -> ChannelName.require(name))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> org.assertj.core.api.Assertions.assertThat(e.refusal().status()).isEqualTo(400));
  }
}
