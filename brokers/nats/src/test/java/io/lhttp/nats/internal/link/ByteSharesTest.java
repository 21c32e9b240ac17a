package io.lhttp.nats.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.ClientKey;
import io.lhttp.ClientKey.Network;
import io.lhttp.ClientKey.User;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients share the bytes that may wait once a quarter of them is used. */
class ByteSharesTest {
  private static final ClientKey JACK = new User("jack");
  private static final ClientKey JILL = new User("jill");

  private final ByteShares shares = new ByteShares(1000);
  private long waiting = 250;

  @Test
  void quarter_isNotShared() {
    assertThat(shares.scarce(250)).isFalse();
    assertThat(shares.scarce(251)).isTrue();
  }

  @Test
  void oneClient_getsHalfOfRest() {
    assertThat(takeAll(JACK)).isEqualTo(380);
    assertThat(takeAll(JILL)).isEqualTo(190);
  }

  @Test
  void clientsOfOneSite_getTwoThirdsOfRest() {
    var site = IntStream.range(0, 100).mapToLong(i -> takeAll(new Network(i))).sum();

    assertThat(site).isBetween(490L, 510L);
    assertThat(takeAll(JACK)).isGreaterThan(100);
  }

  @Test
  void bytesGivenBack_areFreeAgain() {
    var taken = takeAll(JACK);
    for (var left = taken; left > 0; left -= 10) {
      shares.giveBack(JACK, 10);
      waiting -= 10;
    }
    assertThat(takeAll(JACK)).isEqualTo(taken);
    shares.clear();
    waiting = 250;
    assertThat(takeAll(JACK)).isEqualTo(taken);
  }

  private long takeAll(ClientKey client) {
    var taken = 0L;
    while (shares.take(client, 10, waiting)) {
      taken += 10;
      waiting += 10;
    }
    return taken;
  }
}
