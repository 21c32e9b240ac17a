package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * One server's presence of a channel announces each member's joining and leaving once to other
 * servers.
 */
class ChannelPresenceTest {
  private static final Member MIA = new Member("umia", "mia", "m", 0);
  private static final Member JON = new Member("ujon", "jon", "j", 0);

  private final ChannelPresence presence =
      new ChannelPresence(
          "room:a",
          new PresenceRule(Duration.ZERO, false, 10),
          "server",
          new Budget(10),
          new LeaveTimers(10, () -> 0),
          0);

  @Test
  void leave_afterMemberWasInAnswer_isAnnounced() {
    presence.join(JON);
    presence.receive(new ServerMessage.StateRequest("other"), 0);
    presence.takeChanges();
    presence.join(MIA); // joins after the changes were sent and before the answer is
    assertThat(presence.takeAnswer())
        .containsExactly(new ServerMessage.State("server", 1, 2, 0, 1, List.of(JON, MIA)));
    presence.leave("m", false);

    var changes = presence.takeChanges();
    assertThat(changes).hasSize(1);
    assertThat(((ServerMessage.Changes) changes.getFirst()).left()).containsExactly("umia");
  }

  @Test
  void leave_beforeJoinWasAnnounced_announcesNothing() {
    presence.join(MIA);
    presence.join(new Member("umia", "mia", "m2", 0));
    presence.leave("m", false);
    presence.leave("m2", false);

    assertThat(presence.takeChanges()).isEmpty();
    assertThat(presence.idle()).isTrue();
  }
}
