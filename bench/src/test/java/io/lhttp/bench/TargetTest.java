package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only loopback addresses are targets of load. */
class TargetTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"ours=127.0.0.1:8081@42", "ours=127.9.9.9:1@1", "a=[0:0:0:0:0:0:0:1]:80@7"})
  void parse_loopbackAddress_isTarget(String text) {
    assertThat(Target.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=10.0.0.1:80@1",
        "a=128.0.0.1:80@1",
        "a=0.0.0.0:80@1",
        "a=[::]:80@1",
        "a=[2001:db8::1]:80@1",
        "a=192.168.0.1:80@1"
      })
  void parse_otherAddress_throws(String text) {
    assertThatThrownBy(() -> Target.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loopback");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "127.0.0.1:80@1", "a=localhost:80@1", "a=127.0.0.1:80", "a=127.0.0.1@1"})
  void parse_nameOrHalfAddress_throws(String text) {
    assertThatThrownBy(() -> Target.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
