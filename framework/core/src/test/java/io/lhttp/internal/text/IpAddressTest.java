package io.lhttp.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IP addresses are read as the JDK reads them, but stricter. */
class IpAddressTest {
  private static final String[] PIECES = {
    ":",
    "::",
    "0",
    "1",
    "ffff",
    "FFFF",
    "12345",
    "g",
    ".",
    "1.2.3.4",
    "192.0.2.255",
    "256",
    "%1",
    ""
  };

  /** Zones, leading zeros and IPv4 alone, which the JDK also reads from one to three numbers. */
  private static final Pattern STRICTER =
      Pattern.compile("%|[0-9A-Fa-f]{5}|(?:^|[:.])0[0-9]+\\.|\\.0[0-9]|^[^:]*$");

  @Test
  void randomTexts_areReadAsByJdk() {
    var random = new Random(21);
    var read = 0;
    for (var i = 0; i < 200_000; i++) {
      var text = new StringBuilder();
      for (var pieces = 1 + random.nextInt(17); pieces > 0; pieces--) {
        text.append(PIECES[random.nextInt(PIECES.length)]);
      }
      var own = IpAddress.parse(text.toString());
      if (own.isPresent() || !STRICTER.matcher(text).find()) {
        assertThat(own).as("%s", text).isEqualTo(byJdk(text.toString()));
      }
      read += own.isPresent() ? 1 : 0;
    }
    assertThat(read).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "127.1", "1.2.3", "01.2.3.4", "1.2.3.256", "\u0661.2.3.4", "a.b"})
  void ipv4_otherThanFourNumbers_isRefused(String text) {
    assertThat(IpAddress.parse(text)).isEmpty();
  }

  private static Optional<InetAddress> byJdk(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
