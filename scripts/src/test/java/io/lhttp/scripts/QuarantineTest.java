package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.CloseStatus;
import io.lhttp.Handshake;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.testing.RecordingConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The quarantine refuses the calls of connections, of clients or of all clients after slow calls,
 * for a limited time.
 */
class QuarantineTest {
  private final AtomicLong now = new AtomicLong(-1_000);
  private final AtomicLong calls = new AtomicLong();
  private final Quarantine quarantine = new Quarantine("p", now::get, calls::get);

  private static RecordingConnection connection(String id, String user, String address) {
    try {
      var remote = new InetSocketAddress(InetAddress.getByName(address), 1);
      var connection = new RecordingConnection(id, new Handshake(remote, "/", Map.of()));
      if (!user.isEmpty()) {
        connection.authenticate(new Principal(user, Map.of()));
      }
      return connection;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void late(RecordingConnection connection, int times) {
    for (var i = 0; i < times; i++) {
      calls.incrementAndGet();
      quarantine.late(Caller.of(connection));
    }
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private boolean away(RecordingConnection connection) {
    return catchThrowableOfType(RefusedException.class, () -> quarantine.check(connection)) != null;
  }

  @ParameterizedTest
  @CsvSource({"'', 10.0.0.1", "jack, 10.0.0.1", "'', 2001:db8::1"})
  void fiveSlowCalls_excludeTheirConnectionAlone(String user, String address) {
    var slow = connection("1", user, address);
    late(slow, 4);
    assertThat(away(slow)).isFalse();
    late(slow, 1);
    assertThat(away(slow)).isTrue();
    assertThat(away(connection("2", user, address))).as("another of the same client").isFalse();
    assertThat(away(connection("3", "jill", "10.0.0.2"))).isFalse();
    pass(Duration.ofSeconds(30));
    assertThat(away(slow)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "jack, 10.0.0.1, jack, 10.0.0.9,      10", // the same user at two addresses
    "'',   10.0.0.1, '',   10.0.0.1,      20",
    "'',   2001:db8::1, '', 2001:db8::2,  20", // two addresses of one network
  })
  void slowCalls_ofManyConnections_countForOneClient(
      String user, String address, String again, String from, int most) {
    for (var i = 0; i < most - 1; i++) {
      late(connection("c" + i, user, address), 1);
    }
    assertThat(away(connection("new", again, from))).isFalse();
    late(connection("last", user, address), 1);
    assertThat(away(connection("new", again, from))).isTrue();
    assertThat(away(connection("other", "jill", address)))
        .as("a user at the same address")
        .isFalse();
    assertThat(away(connection("elsewhere", "", "10.0.0.77"))).isFalse();
  }

  @Test
  void slowCalls_ofManyNetworksOfOneSite_excludeSiteAndKeepScriptOpen() {
    var site = 0;
    for (var i = 0; !away(connection("next", "", "2001:db8:0:f000::1")); i += 256) {
      late(connection("c" + i, "", "2001:db8:0:%x::1".formatted(i)), 4);
      site += 4;
    }
    assertThat(site).isEqualTo(16 * 20);
    assertThat(away(connection("user", "jack", "2001:db8:0:f000::1"))).isFalse();
    assertThat(away(connection("other", "", "2001:db8:1::1"))).isFalse();
    assertThat(quarantine.closedToAll()).isFalse();
  }

  @Test
  void excludedConnection_isRefusedFiveTimesThenClosed() {
    var slow = connection("1", "jack", "10.0.0.1");
    late(slow, 5);
    pass(Duration.ofSeconds(10));
    for (var i = 0; i < 5; i++) {
      var refused =
          catchThrowableOfType(RefusedException.class, () -> quarantine.check(slow)).refusal();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.retryAfterSeconds()).contains(20L);
      assertThat(slow.closed()).isEmpty();
    }
    assertThat(away(slow)).isTrue();
    assertThat(slow.closed())
        .contains(CloseStatus.RATE_LIMIT.because("rate limit; retry-after=20"));
    assertThat(quarantine.refusals()).isEqualTo(6);
  }

  @Test
  void refusalsOfOneConnection_doNotCloseAnotherOfItsAddress() {
    for (var i = 0; i < 20; i++) {
      late(connection("c" + i, "", "10.0.0.1"), 1);
    }
    var insistent = connection("1", "", "10.0.0.1");
    for (var i = 0; i < 6; i++) {
      assertThat(away(insistent)).isTrue();
    }
    assertThat(insistent.closed()).isPresent();
    var neighbour = connection("2", "", "10.0.0.1");
    for (var i = 0; i < 5; i++) {
      assertThat(away(neighbour)).isTrue();
      assertThat(neighbour.closed()).isEmpty();
    }
  }

  @Test
  void slowCalls_olderThanAMinute_areForgotten() {
    var slow = connection("1", "", "10.0.0.1");
    late(slow, 4);
    pass(Duration.ofSeconds(61));
    late(slow, 4);
    assertThat(away(slow)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // clients, slow calls of each, all calls, whether the script is refused to all
    "4, 4, 16,  false",
    "5, 1, 5,   true",
    "5, 1, 50,  true",
    "5, 1, 51,  false", // most calls are fast, so five slow clients are not enough
    "40, 1, 400, true",
  })
  void scriptSlowForManyClients_isClosedToAll(int clients, int each, int all, boolean closed) {
    calls.set(all - clients * each);
    for (var i = 0; i < clients; i++) {
      late(connection("c" + i, i % 2 == 0 ? "" : "user" + i, "10.0.0." + i), each);
    }
    if (!closed) {
      assertThatNoException().isThrownBy(quarantine::checkScript);
      return;
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> quarantine.check(connection("new", "jill", "10.1.0.0")))
        .withMessageContaining("too slow for many clients");
    pass(Duration.ofSeconds(30));
    assertThatNoException().isThrownBy(quarantine::checkScript);
  }

  @ParameterizedTest
  @CsvSource({
    // users, addresses that they share, whether the script is refused to all
    "5,  1, false",
    "60, 1, false", // one address counts as two clients
    "60, 2, false",
    "6,  3, true",
    "3,  3, false",
  })
  void manyNames_ofFewAddresses_areFewClients(int users, int addresses, boolean closed) {
    for (var i = 0; i < users; i++) {
      late(connection("c" + i, "user" + i, "10.0.0." + i % addresses), 1);
    }
    assertThat(quarantine.closedToAll()).isEqualTo(closed);
  }

  @Test
  void oneUser_ofManyAddresses_isOneClient() {
    for (var i = 0; i < 9; i++) {
      late(connection("c" + i, "jack", "10.0.0." + i), 1);
    }
    assertThat(quarantine.closedToAll()).isFalse();
  }

  @Test
  void slowCalls_ofOneClient_leaveScriptOpenToOthers() {
    for (var i = 0; i < 100; i++) {
      late(connection("c" + i, "", "10.0.0.1"), 1);
    }
    assertThat(away(connection("other", "", "10.0.0.2"))).isFalse();
  }

  @Test
  void unstoppableCall_excludesItsConnectionAlone() {
    var slow = connection("1", "", "10.0.0.1");
    quarantine.stuck(Caller.of(slow));
    assertThat(away(slow)).isTrue();
    assertThat(away(connection("2", "", "10.0.0.1"))).isFalse();
  }

  @Test
  void fourUnstoppableCalls_closeScriptToAll() {
    IntStream.range(0, 4).forEach(i -> quarantine.stuck(null));
    assertThatIllegalStateException()
        .isThrownBy(() -> quarantine.check(connection("1", "", "10.0.0.1")))
        .withMessageContaining("nothing stops 4 of its calls");
    pass(Duration.ofHours(1));
    assertThat(quarantine.closedToAll()).isTrue();
    quarantine.ended();
    assertThat(away(connection("1", "", "10.0.0.1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {30_000})
  void excludedClients_areBounded(int clients) {
    calls.set(10_000_000);
    for (var i = 0; i < clients; i++) {
      late(connection("c" + i, "u" + i, "10.0.0.1"), 5);
    }
    assertThat(quarantine.away()).isEqualTo(10_000);
    assertThat(quarantine.lateCalls()).isEqualTo(5L * clients);
    pass(Duration.ofSeconds(31));
    assertThat(away(connection("c1", "u1", "10.0.0.1"))).isFalse();
    assertThat(quarantine.away()).isZero();
  }
}
