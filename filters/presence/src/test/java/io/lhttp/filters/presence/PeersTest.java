package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The members of one channel on other servers follow the messages of those servers. */
class PeersTest {
  private static final PresenceRule RULE = new PresenceRule(Duration.ZERO, false, 3);
  private static final Member MIA = new Member("umia", "mia", "m", 0);
  private static final Member JON = new Member("ujon", "jon", "j", 0);

  private final Budget names = new Budget(4);
  private final Peers peers = new Peers(RULE, names);

  @Test
  void changes_thatFollow_areApplied() {
    assertThat(changes(5, true, 1, List.of(MIA)).changed()).containsExactly("umia");
    assertThat(changes(6, false, 1, List.of(JON), "umia").changed())
        .containsExactlyInAnyOrder("umia", "ujon");

    assertThat(peers.member("umia")).isNull();
    assertThat(peers.member("ujon")).isEqualTo(JON);
  }

  @Test
  void changes_afterLostOne_requireState() {
    changes(5, true, 1, List.of(MIA));

    var received = changes(7, false, 2, List.of(JON));

    assertThat(received.stateNeeded()).isTrue();
    assertThat(peers.member("ujon")).isNull();
    assertThat(changes(5, false, 1, List.of(JON)).stateNeeded()).as("received twice").isFalse();
  }

  @Test
  void digest_ofOtherVersion_requiresState() {
    changes(5, true, 1, List.of(MIA));

    assertThat(digest(5, 1).stateNeeded()).isFalse();
    assertThat(digest(6, 2).stateNeeded()).isTrue();
  }

  @Test
  void digest_ofUnknownServerWithoutMembers_isIgnored() {
    assertThat(digest(5, 0).stateNeeded()).isFalse();
    assertThat(digest(5, 1).stateNeeded()).isTrue();
  }

  @Test
  void digest_withMoreMembersThanNames_countsUnnamedOnes() {
    changes(5, true, 1, List.of(MIA));
    digest(5, 10);

    assertThat(peers.nameless()).isEqualTo(9);
  }

  @Test
  void state_replacesMembersWithItsLastPart() {
    changes(5, true, 1, List.of(MIA));

    assertThat(state(8, 0, 2, JON).changed()).isEmpty();
    assertThat(peers.member("umia")).isEqualTo(MIA);
    assertThat(state(8, 1, 2).changed()).containsExactlyInAnyOrder("umia", "ujon");

    assertThat(peers.member("umia")).isNull();
    assertThat(digest(8, 1).stateNeeded()).isFalse();
  }

  @Test
  void state_withLostPart_changesNothing() {
    changes(5, true, 1, List.of(MIA));
    state(8, 0, 3, JON);

    assertThat(state(8, 2, 3).changed()).isEmpty();
    assertThat(peers.member("ujon")).isNull();
    assertThat(digest(8, 1).stateNeeded()).isTrue();
  }

  @Test
  void members_beyondBound_areCounted() {
    var many =
        List.of(MIA, JON, new Member("uann", "ann", "a", 0), new Member("ueve", "eve", "e", 0));
    changes(5, true, 4, many);

    assertThat(peers.nameless()).isEqualTo(1);
    assertThat(names.used()).isEqualTo(3);
  }

  @Test
  void remove_returnsKeysAndNames() {
    changes(5, true, 1, List.of(MIA));

    assertThat(peers.expired((server, received, rule) -> received < 0)).isEmpty();
    assertThat(peers.expired((server, received, rule) -> received == 0)).containsExactly("other");
    assertThat(peers.remove("other")).containsExactly("umia");
    assertThat(peers.remove("other")).isEmpty();
    assertThat(names.used()).isZero();
  }

  @Test
  void trust_renewsAllEntries() {
    changes(5, true, 1, List.of(MIA));
    peers.trust(9);

    assertThat(peers.expired((server, received, rule) -> received < 9)).isEmpty();
  }

  private Peers.Received changes(
      long version, boolean first, int count, List<Member> joined, String... left) {
    return peers.receive(
        new ServerMessage.Changes("other", version, first, count, joined, List.of(left)), 0);
  }

  private Peers.Received digest(long version, int count) {
    return peers.receive(new ServerMessage.Digest("other", version, count), 0);
  }

  private Peers.Received state(long version, int part, int parts, Member... members) {
    return peers.receive(
        new ServerMessage.State("other", version, members.length, part, parts, List.of(members)),
        0);
  }
}
