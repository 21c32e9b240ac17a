package io.lhttp.server.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.ClientKey;
import io.lhttp.ClientKey.Network;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The gate bounds the rate of handshakes per network. */
class HandshakeGateTest {
  private static final ClientKey MIKE = ClientKey.of(new InetSocketAddress("192.0.2.1", 1));
  private static final ClientKey JACK = ClientKey.of(new InetSocketAddress("192.0.2.2", 1));
  private static final long SECOND = 1_000_000_000;

  // near the largest value, because nanoTime may overflow
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND);
  private final HandshakeGate gate = new HandshakeGate(10, now::get);

  @Test
  void admit_burst_isTwiceRate() {
    assertThat(admitted(MIKE, 100)).isEqualTo(20);
    now.addAndGet(SECOND);
    assertThat(admitted(MIKE, 100)).isEqualTo(10);
    now.addAndGet(100 * SECOND);
    assertThat(admitted(MIKE, 100)).isEqualTo(20);
  }

  @Test
  void admit_otherAddress_isUnaffected() {
    admitted(MIKE, 100);
    assertThat(admitted(JACK, 20)).isEqualTo(20);
  }

  @Test
  void admit_floodOfNetworks_doesNotResetOne() {
    admitted(new Network(42), 100);
    for (var network = 1_000_000L; network < 1_200_000; network++) {
      gate.admit(new Network(network << 16));
    }
    assertThat(admitted(new Network(42), 100)).isZero();
  }

  @Test
  void admit_networksOfEqualHashCode_haveOwnBuckets() {
    assertThat(new Network(5L << 32)).hasSameHashCodeAs(new Network(5));
    admitted(new Network(5L << 32), 100);
    assertThat(admitted(new Network(5), 20)).isEqualTo(20);
  }

  @Test
  void admit_networksOfOneSite_haveLimitOfSixteen() {
    var household = 0;
    for (var network = 0; network < 256; network++) {
      household += admitted(new Network(network), 20);
    }
    assertThat(household).isEqualTo(4 * 20);
    var site = household;
    for (var network = 256; network < 65_536; network += 16) {
      site += admitted(new Network(network), 20);
    }
    assertThat(site).isEqualTo(16 * 20);
    assertThat(admitted(new Network(65_536), 100)).isEqualTo(20);
    now.addAndGet(SECOND);
    assertThat(admitted(new Network(1), 100)).isEqualTo(10);
  }

  @Test
  void admit_refusedHandshakes_takeNoTokensOfNeighbours() {
    assertThat(admitted(new Network(1), 10_000)).isEqualTo(20);
    assertThat(admitted(new Network(2), 100)).isEqualTo(20);
  }

  private int admitted(ClientKey address, int times) {
    var admitted = 0;
    for (var i = 0; i < times; i++) {
      admitted += gate.admit(address) ? 1 : 0;
    }
    return admitted;
  }
}
