package io.lhttp.outgoing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.lhttp.ClientKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients share places so that a place is left for a client that holds none. */
class ClientSharesTest {
  private static ClientKey client(int number) {
    return new ClientKey.User("user" + number);
  }

  private static int takeAll(ClientShares shares, ClientKey client) {
    var taken = 0;
    while (shares.take(client)) {
      taken++;
    }
    return taken;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2", "64, 32", "100, 50"})
  void oneClient_getsHalf(int places, int half) {
    assertThat(takeAll(new ClientShares(places), client(1))).isEqualTo(half);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 40})
  void busyClients_leavePlaceForAnother(int busy) {
    var shares = new ClientShares(64);
    var held = new int[busy];
    for (var again = true; again; ) {
      again = false;
      for (var i = 0; i < busy; i++) {
        if (shares.take(client(i))) {
          held[i]++;
          again = true;
        }
      }
    }
    assertThat(held).containsOnly(held[0], held[busy - 1]);
    assertThat(IntStream.of(held).max().orElseThrow() - IntStream.of(held).min().orElseThrow())
        .isLessThanOrEqualTo(1);
    assertThat(shares.take(client(busy))).isTrue();
  }

  @Test
  void clientsOfOneSite_leaveThirdToOthers() {
    var shares = new ClientShares(60);
    var taken = 0;
    for (var i = 0; i < 1000; i++) {
      taken += shares.take(new ClientKey.Network(i)) ? 1 : 0;
    }
    assertThat(taken).isEqualTo(40);
    assertThat(shares.mayTake(new ClientKey.Network(7))).isFalse();
    assertThat(takeAll(shares, new ClientKey.Network(1L << 16))).isEqualTo(10);

    for (var i = 0; i < 40; i++) {
      shares.giveBack(new ClientKey.Network(i));
    }
    assertThat(shares.taken()).isEqualTo(10);
    assertThat(takeAll(shares, new ClientKey.Network(7))).isEqualTo(25);
  }

  @Test
  void places_areNeverMoreThanAll() {
    var random = new Random(7);
    var shares = new ClientShares(20);
    var held = new ArrayList<ClientKey>();
    for (var i = 0; i < 10_000; i++) {
      if (!held.isEmpty() && random.nextInt(5) < 2) {
        shares.giveBack(held.remove(random.nextInt(held.size())));
      } else {
        var client = client(random.nextInt(8));
        var expected = shares.held(client) < 20 - held.size();
        assertThat(shares.take(client)).isEqualTo(expected);
        if (expected) {
          held.add(client);
        }
      }
      assertThat(shares.taken()).isEqualTo(held.size()).isLessThanOrEqualTo(20);
    }
    List.copyOf(held).forEach(shares::giveBack);
    assertThat(shares.taken()).isZero();
    assertThat(takeAll(shares, client(1))).isEqualTo(10);
  }

  @Test
  void application_mayTakeAll() {
    var shares = new ClientShares(3);
    for (var i = 0; i < 3; i++) {
      assertThat(shares.take(null)).isTrue();
    }
    assertThat(shares.full()).isTrue();
    assertThat(shares.take(null)).isFalse();
    shares.giveBack(null);
    assertThat(shares.take(client(1))).isTrue();
  }

  @Test
  void placeThatIsNotHeld_cannotBeGivenBack() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new ClientShares(3).giveBack(client(1)))
        .withMessageContaining("user1");
  }
}
