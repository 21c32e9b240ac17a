package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A server sends changes, states and digests about its members of one channel. */
class ServerUpdatesTest {
  private static final PresenceRule RULE = new PresenceRule(Duration.ZERO, false, 1_000);
  private static final Member MIA = new Member("umia", "mia", "m", 0);
  private static final Member JON = new Member("ujon", "jon", "j", 0);

  private final LocalMembers members = members(RULE);
  private final ServerUpdates updates = new ServerUpdates("server", RULE, members, 7);

  @Test
  void takeChanges_countsVersionsAndMarksFirst() {
    join(MIA);
    assertThat(updates.takeChanges())
        .containsExactly(new ServerMessage.Changes("server", 8, true, 1, List.of(MIA), List.of()));

    join(JON);
    leave(MIA);
    assertThat(updates.takeChanges())
        .containsExactly(
            new ServerMessage.Changes("server", 9, false, 1, List.of(JON), List.of("umia")));
    assertThat(updates.takeChanges()).isEmpty();
    assertThat(updates.digest()).isEqualTo(new ServerMessage.Digest("server", 9, 1));
  }

  @Test
  void takeChanges_joinedAndLeftMeanwhile_isNoChange() {
    join(MIA);
    leave(MIA);

    assertThat(updates.isEmpty()).isTrue();
    assertThat(updates.takeChanges()).isEmpty();
    assertThat(updates.digest().version()).isEqualTo(7);
  }

  @Test
  void takeChanges_moreThanOneMessageHolds_areSplit() {
    IntStream.range(0, 450).forEach(i -> join(new Member("u" + i, "user-" + i, "c" + i, 0)));

    var messages = updates.takeChanges();

    assertThat(messages)
        .extracting(message -> ((ServerMessage.Changes) message).joined().size())
        .containsExactly(200, 200, 50);
    assertThat(messages)
        .extracting(message -> ((ServerMessage.Changes) message).version())
        .containsExactly(8L, 9L, 10L);
  }

  @Test
  void takeAnswer_withoutRequest_isEmpty() {
    join(MIA);

    assertThat(updates.takeAnswer()).isEmpty();
  }

  @Test
  void takeAnswer_manyRequests_areAnsweredOnce() {
    join(MIA);
    updates.takeChanges();
    updates.requestState();
    updates.requestState();

    assertThat(updates.stateRequested()).isTrue();
    assertThat(updates.takeAnswer())
        .containsExactly(new ServerMessage.State("server", 8, 1, 0, 1, List.of(MIA)));
    assertThat(updates.stateRequested()).isFalse();
    assertThat(updates.takeAnswer()).isEmpty();
  }

  @Test
  void takeAnswer_noMembers_isOneEmptyPart() {
    updates.requestState();

    assertThat(updates.takeAnswer())
        .containsExactly(new ServerMessage.State("server", 7, 0, 0, 1, List.of()));
  }

  @Test
  void leave_ofMemberInEarlierAnswer_isSent() {
    join(MIA);
    updates.requestState();
    updates.takeAnswer();
    leave(MIA);

    assertThat(updates.takeChanges())
        .extracting(message -> ((ServerMessage.Changes) message).left())
        .containsExactly(List.of("umia"));
  }

  @Test
  void countOnly_sendsDigestsAndNoNames() {
    var rule = new PresenceRule(Duration.ZERO, true, 1_000);
    var local = members(rule);
    var counts = new ServerUpdates("server", rule, local, 7);
    local.add(MIA);
    counts.changed("umia", false);
    counts.requestState();

    assertThat(counts.takeChanges()).isEmpty();
    assertThat(counts.isEmpty()).isTrue();
    assertThat(counts.takeAnswer()).containsExactly(new ServerMessage.Digest("server", 7, 1));
  }

  private void join(Member member) {
    members.add(member).forEach(key -> updates.changed(key, false));
  }

  private void leave(Member member) {
    members.remove(member.connection(), false).forEach(key -> updates.changed(key, true));
  }

  private static LocalMembers members(PresenceRule rule) {
    return new LocalMembers("room:a", rule, new Budget(1_000), new LeaveTimers(10, () -> 0));
  }
}
