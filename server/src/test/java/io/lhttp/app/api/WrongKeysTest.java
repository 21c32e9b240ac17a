package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.ManualClock;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Guessed keys are slowed down for each address, within bounds. */
class WrongKeysTest {
  private final ManualClock clock = new ManualClock();
  private final WrongKeys wrong = new WrongKeys(clock::nanoTime);

  @Test
  void keysBeyondFreeOnes_waitUntilMinuteHasPassed() throws Exception {
    var address = InetAddress.getByName("192.0.2.1");
    for (var i = 0; i < WrongKeys.FREE; i++) {
      assertThat(wrong.add(address)).isZero();
    }
    assertThat(wrong.add(address)).isEqualTo(WrongKeys.PAUSE);
    assertThat(wrong.add(InetAddress.getByName("192.0.2.2"))).isZero();
    clock.advance(Duration.ofMinutes(1));
    assertThat(wrong.add(address)).isZero();
  }

  @Test
  void addressesOfOneNetwork_shareCount() throws Exception {
    for (var i = 0; i < WrongKeys.FREE; i++) {
      assertThat(wrong.add(InetAddress.getByName("2001:db8::" + i))).isZero();
    }
    assertThat(wrong.add(InetAddress.getByName("2001:db8::ff"))).isEqualTo(WrongKeys.PAUSE);
  }

  @Test
  void floodOfAddresses_staysWithinBoundAndFewLinesAreLogged() throws Exception {
    try (var log = new CapturedLog(WrongKeys.class)) {
      for (var i = 0; i < 2 * WrongKeys.ADDRESSES; i++) {
        wrong.add(InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i}));
      }
      assertThat(wrong.size()).isEqualTo(WrongKeys.ADDRESSES);
      assertThat(log.messages()).hasSize(10);
      clock.advance(Duration.ofMinutes(1));
      wrong.add(InetAddress.getByName("192.0.2.1"));
      assertThat(log.messages().getLast()).contains("unlogged=1990");
    }
  }
}
