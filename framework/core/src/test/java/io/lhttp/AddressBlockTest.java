package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.internal.text.IpAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Address blocks are read as written, and contain the addresses that share their leading bits. */
class AddressBlockTest {
  @Test
  void mappedIpv4Address_equalsPlainOne() throws UnknownHostException {
    var bytes = new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
    var mapped = Inet6Address.getByAddress(null, bytes, 0);

    assertThat(mapped).isInstanceOf(Inet6Address.class);
    assertThat(IpAddress.unmapped(mapped)).isEqualTo(InetAddress.ofLiteral("10.1.2.3"));
    assertThat(AddressBlock.parse("10.0.0.0/8").contains(mapped)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.9.9.9/8, 10.1.1.1, true",
    "192.0.2.128/25, 192.0.2.200, true",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "192.0.2.1/32, 192.0.2.1, true",
    "fd00::/8, fdab::1, true",
    "fd00::/8, fe00::1, false",
    "2001:db8::/61, 2001:db8:0:7::1, true",
    "2001:db8::/61, 2001:db8:0:8::1, false",
    "::1, ::1, true",
    "::1, 127.0.0.1, false",
    "::/1, 10.0.0.1, false",
    "::ffff:10.0.0.0/104, 10.2.3.4, true",
    "::ffff:10.0.0.0/104, 11.2.3.4, false",
    "::ffff:10.0.0.1, 10.0.0.1, true",
  })
  void block_containsItsAddressesOnly(String block, String address, boolean contained) {
    assertThat(AddressBlock.parse(block).contains(InetAddress.ofLiteral(address)))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0/8",
        "10.0.0.0:80/8",
        "::/129",
        "::ffff:10.0.0.0/95",
        "[::1]",
        "localhost",
        "10.0.0.0-10.0.0.9",
      })
  void parse_malformedBlock_throws(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AddressBlock.parse(text))
        .withMessage("an address or a block of them such as 10.0.0.0/8");
  }
}
