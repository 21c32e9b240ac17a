package io.lhttp.nats.internal.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Peers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeerTableTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final PeerTable table = new PeerTable();

  @Test
  void serverNotHeardOf_isStaleThenForgotten() {
    table.heard("a", 0);

    assertThat(table.known(3 * SECOND).fresh()).containsExactly("a");
    assertThat(table.known(4 * SECOND).stale()).containsExactly("a");
    assertThat(table.since(42 * SECOND)).containsOnly(Map.entry("a", Duration.ofSeconds(42)));
    table.forget(599 * SECOND);
    assertThat(table.known(599 * SECOND).stale()).containsExactly("a");
    table.forget(601 * SECOND);
    assertThat(table.known(601 * SECOND).stale()).isEmpty();
  }

  @Test
  void tooManyServers_areNotKeptAndTableIsIncomplete() {
    for (var i = 0; i < Peers.MAX_SERVERS; i++) {
      table.heard("s" + i, 0);
    }
    assertThat(table.complete(0)).isTrue();

    table.heard("more", SECOND);

    assertThat(table.known(SECOND).fresh()).hasSize(Peers.MAX_SERVERS).doesNotContain("more");
    assertThat(table.complete(SECOND)).isFalse();
    table.heard("later", 5 * SECOND);
    assertThat(table.known(5 * SECOND).fresh()).as("stale ones make room").contains("later");
  }

  @Test
  void trust_afterOutage_makesAllFresh() {
    table.heard("a", 0);

    table.trust(100 * SECOND);

    assertThat(table.known(101 * SECOND).fresh()).containsExactly("a");
  }
}
