package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A close status takes only codes and reasons that a close frame may carry. */
class CloseStatusTest {
  @ParameterizedTest
  @ValueSource(ints = {1000, 1003, 1007, 1011, 1012, 1014, 3000, 4999})
  void code_allowedInFrame_isKept(int code) {
    assertThat(new CloseStatus(code, "").code()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 999, 5000, 65535})
  void code_outOfRange_throws(int code) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CloseStatus(code, ""))
        .withMessage("a close code lies between 1000 and 4999: " + code);
  }

  @ParameterizedTest
  @ValueSource(ints = {1004, 1005, 1006, 1015, 1016, 2000, 2999})
  void code_reservedByRfc_throws(int code) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CloseStatus(code, ""))
        .withMessage(
            "the close code "
                + code
                + " is never sent (RFC 6455, section 7.4), expected 1000 to 1003, 1007 to 1014 or"
                + " 3000 to 4999");
  }

  @ParameterizedTest
  @CsvSource({"x, 123", "é, 61", "茶, 41", "🎉, 30"})
  void because_reasonOver123Bytes_throws(String character, int fits) {
    var reason = character.repeat(fits);
    assertThat(CloseStatus.NORMAL.because(reason)).isEqualTo(new CloseStatus(1000, reason));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CloseStatus.NORMAL.because(reason + character))
        .withMessageStartingWith("a close reason has at most 123 bytes, this one has 12");
  }

  @Test
  void constants_haveProtocolCodes() {
    assertThat(CloseStatus.GOING_AWAY.code()).isEqualTo(1001);
    assertThat(CloseStatus.MALFORMED.code()).isEqualTo(1007);
    assertThat(CloseStatus.TOO_BIG.code()).isEqualTo(1009);
    assertThat(CloseStatus.FAILED.code()).isEqualTo(1011);
    assertThat(CloseStatus.UNAUTHENTICATED.code()).isEqualTo(4401);
    assertThat(CloseStatus.FORBIDDEN.code()).isEqualTo(4403);
    assertThat(CloseStatus.SILENT.code()).isEqualTo(4408);
    assertThat(CloseStatus.TOO_SLOW.code()).isEqualTo(4413);
    assertThat(CloseStatus.RATE_LIMIT.code()).isEqualTo(4429);
  }
}
