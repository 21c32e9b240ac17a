package io.lhttp.server.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.text.IpAddress;
import io.lhttp.server.Limits;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** The gate bounds the sockets of an address, and of the networks around it. */
class AcceptGateTest {
  private final Counters counters = new Counters();
  private final AcceptGate gate =
      new AcceptGate(
          Limits.builder().connectionsPerAddress(10).build(),
          counters,
          new RefusalLog(System::nanoTime));

  @Test
  void networksOfOneSite_haveLimitOfSixteenAndGiveItBack() {
    assertThat(enter("2001:db8:1:%x::1", 0, 256, 20)).isEqualTo(4 * 10);
    assertThat(enter("2001:db8:1:%x::1", 256, 65_536, 1)).isEqualTo(12 * 10);
    assertThat(enter("2001:db8:2:%x::1", 0, 1, 20)).isEqualTo(10);
    assertThat(counters.rejected()).isEqualTo(256 * 20 + 65_280 + 20 - 170);

    for (var i = 0; i < 10; i++) {
      gate.leave(address("2001:db8:1:0::1"));
    }
    assertThat(enter("2001:db8:1:%x::1", 60_000, 60_001, 20)).isEqualTo(10);
  }

  @Test
  void ipv4Addresses_countAlone() {
    assertThat(enter("192.0.2.%d", 0, 256, 20)).isEqualTo(256 * 10);
  }

  private int enter(String form, int from, int to, int times) {
    var entered = 0;
    for (var number = from; number < to; number++) {
      for (var i = 0; i < times; i++) {
        entered += gate.enter(address(form.formatted(number))) ? 1 : 0;
      }
    }
    return entered;
  }

  private static InetSocketAddress address(String text) {
    return new InetSocketAddress(IpAddress.parse(text).orElseThrow(), 1);
  }
}
