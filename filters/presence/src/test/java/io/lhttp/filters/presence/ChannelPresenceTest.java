package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * One server's record of a channel announces each member's coming and going once to other servers.
 */
class ChannelPresenceTest {
  private static final Member MIA = new Member("umia", "mia", "m", 0);
  private static final Member JON = new Member("ujon", "jon", "j", 0);

  private final ChannelPresence roster =
      new ChannelPresence(
          "room:a",
          new PresenceRule(Duration.ZERO, false, 10),
          "server",
          new Budget(10),
          new LeaveTimers(10, () -> 0),
          0);

  @Test
  void leave_afterMemberWasInAnswer_isAnnounced() {
    roster.join(JON);
    roster.heard(new Wire.Ask("other"), 0);
    roster.changes();
    roster.join(MIA); // between what is told and the answer
    assertThat(roster.answers())
        .containsExactly(new Wire.State("server", 1, 2, 0, 1, List.of(JON, MIA)));
    roster.leave("m", false);

    var changes = roster.changes();
    assertThat(changes).hasSize(1);
    assertThat(((Wire.Changes) changes.getFirst()).left()).containsExactly("umia");
  }

  @Test
  void leave_beforeJoinWasAnnounced_announcesNothing() {
    roster.join(MIA);
    roster.join(new Member("umia", "mia", "m2", 0));
    roster.leave("m", false);
    roster.leave("m2", false);

    assertThat(roster.changes()).isEmpty();
    assertThat(roster.idle()).isTrue();
  }
}
