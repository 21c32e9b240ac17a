package io.lhttp.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.RefusedException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A channel's name and pattern follow the rules of the protocol. */
class ChannelNameTest {
  static Stream<String> names() {
    return Stream.of(
        "a",
        "room/1",
        "*",
        ">",
        "a..b",
        "$SYS.x",
        "?",
        "\u00a0",
        "茶",
        "🎉",
        "x".repeat(255),
        "é".repeat(127) + "x",
        "茶".repeat(85),
        "🎉".repeat(63));
  }

  @ParameterizedTest
  @MethodSource("names")
  void require_wellFormedName_passes(String name) {
    assertThatCode(() -> ChannelName.require(name)).doesNotThrowAnyException();
  }

  static Stream<String> malformed() {
    return Stream.of(
        "",
        " ",
        "a b",
        "a ",
        "\t",
        "a\r\nb",
        "\0",
        "\u007f",
        "\u0085",
        "\u009b",
        "x".repeat(256),
        "é".repeat(128),
        "茶".repeat(86),
        "🎉".repeat(64),
        "x".repeat(1_000_000),
        // half a surrogate pair, which UTF-8 would turn into the channel "?"
        "\ud83c",
        "a\udf89",
        "\udf89\ud83c",
        "\ud83c\ud83c\udf89",
        "\ud83cx");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void require_malformedName_isRefusedWith400(String name) {
    assertThatThrownBy(() -> ChannelName.require(name))
        .asInstanceOf(type(RefusedException.class))
        .satisfies(e -> {
          assertThat(e.refusal().status()).isEqualTo(400);
          assertThat(e.refusal().reason())
              .isEqualTo("a channel's name has 1 to 255 bytes, no space and no control character");
        });
  }

  @Test
  void fits_matchesNameOrPrefixPattern() {
    assertThat(ChannelName.fits("room:*", "room:a")).isTrue();
    assertThat(ChannelName.fits("room:*", "room")).isFalse();
    assertThat(ChannelName.fits("room", "room")).isTrue();
    assertThat(ChannelName.fits("*", "presence room:a")).isFalse();
  }
}
