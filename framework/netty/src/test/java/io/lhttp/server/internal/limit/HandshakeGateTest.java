package io.lhttp.server.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HandshakeGateTest {
  private static final long SECOND = 1_000_000_000;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // it may overflow
  private final HandshakeGate gate = new HandshakeGate(10, now::get);

  @Test
  void anAddressHasTwiceItsRateAtOnceAndThenItsRate() {
    assertThat(admitted("mike", 100)).isEqualTo(20);
    now.addAndGet(SECOND);
    assertThat(admitted("mike", 100)).isEqualTo(10);
    now.addAndGet(100 * SECOND);
    assertThat(admitted("mike", 100)).isEqualTo(20);
  }

  @Test
  void anotherAddressIsNotTouched() {
    admitted("mike", 100);
    assertThat(admitted("jack", 20)).isEqualTo(20);
  }

  @Test
  void aFloodOfNetworksDoesNotResetOne() {
    admitted(42L, 100);
    for (var network = 1_000_000L; network < 1_200_000; network++) {
      gate.admit(network);
    }
    assertThat(admitted(42L, 100)).isZero();
  }

  @Test
  void networksThatShareAHashCodeDontShareABucket() {
    assertThat(Long.hashCode(5L << 32)).isEqualTo(Long.hashCode(5L));
    admitted(5L << 32, 100);
    assertThat(admitted(5L, 20)).isEqualTo(20);
  }

  private int admitted(Object address, int times) {
    var admitted = 0;
    for (var i = 0; i < times; i++) {
      admitted += gate.admit(address) ? 1 : 0;
    }
    return admitted;
  }
}
