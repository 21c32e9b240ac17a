package io.lhttp.server.internal.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses with and without a port are read without a look-up of names. */
class IpAndPortTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 0",
    "0.0.0.0, 0.0.0.0, 0",
    "255.255.255.255, 255.255.255.255, 0",
    "192.0.2.1:80, 192.0.2.1, 80",
    "192.0.2.1:0, 192.0.2.1, 0",
    "192.0.2.1:65535, 192.0.2.1, 65535",
    "192.0.2.1:_hidden, 192.0.2.1, 0",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1, 0",
    "2001:DB8:0:0:0:0:0:1, 2001:db8:0:0:0:0:0:1, 0",
    "[2001:db8::1], 2001:db8:0:0:0:0:0:1, 0",
    "[2001:db8::1]:4711, 2001:db8:0:0:0:0:0:1, 4711",
    "[2001:db8::1]:_x.y, 2001:db8:0:0:0:0:0:1, 0",
    "::1, 0:0:0:0:0:0:0:1, 0",
    "::, 0:0:0:0:0:0:0:0, 0",
    "::ffff:192.0.2.1, 192.0.2.1, 0",
    "::FFFF:c000:0201, 192.0.2.1, 0",
    "[::ffff:192.0.2.1]:80, 192.0.2.1, 80",
  })
  void parse_address_isRead(String text, String address, int port) {
    var node = IpAndPort.parse(text).orElseThrow();

    assertThat(node.getAddress().getHostAddress()).isEqualTo(address);
    assertThat(node.getPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "unknown",
        "_hidden",
        "localhost",
        "example.com",
        "1",
        "127.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "0x7f.0.0.1",
        "1.2.3.-4",
        "+1.2.3.4",
        "1.2.3.4 ",
        "\u0661.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4:80:80",
        "1.2.3.4:_",
        "1.2.3.4/8",
        ":",
        ":::",
        "::1::",
        "::1%eth0",
        "fe80::1%1",
        "[::1",
        "::1]",
        "[::1]x",
        "[::1]:",
        "[[::1]]",
        "[1.2.3.4]",
        "[]",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "::ffff:1.2.3.04",
        "::ffff:1.2.3",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "g::1",
        "\"1.2.3.4\"",
      })
  void parse_malformedText_isEmpty(String text) {
    assertThat(IpAndPort.parse(text)).isEmpty();
  }
}
