package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The members of a channel, and their changes between two notifications, are tracked. */
class ChannelMembersTest {
  private static final Member MIA = new Member("umia", "mia", "m1", 10);
  private static final Member JON = new Member("ujon", "jon", "j1", 20);
  private static final Member TAB = new Member("stab", "", "t1", 30);

  private final ChannelMembers members = new ChannelMembers();

  @Test
  void update_newMember_isJoinedOnce() {
    members.update("umia", MIA);
    members.update("umia", MIA.withConnection("m2"));

    assertThat(members.changed()).isTrue();
    assertThat(members.takeChanges())
        .isEqualTo(new ChannelMembers.Changes(List.of(MIA), List.of()));
    assertThat(members.changed()).isFalse();
    assertThat(members.size()).isEqualTo(1);
  }

  @Test
  void update_joinAndLeaveBetweenNotifications_isNoChange() {
    members.update("umia", MIA);
    members.update("umia", null);

    assertThat(members.changed()).isFalse();
    assertThat(members.size()).isZero();
  }

  @Test
  void update_leaveAndJoinBetweenNotifications_isNoChange() {
    members.update("umia", MIA);
    members.takeChanges();

    members.update("umia", null);
    members.update("umia", new Member("umia", "mia", "m2", 99));

    assertThat(members.changed()).isFalse();
    assertThat(members.first(1)).containsExactly(new Member("umia", "mia", "m2", 10));
  }

  @Test
  void update_anonymousMemberIsBack_keepsKnownConnection() {
    members.update("stab", TAB);
    members.takeChanges();
    members.update("stab", null);
    members.update("stab", TAB.withConnection("t2"));
    members.update("stab", null);

    assertThat(members.takeChanges().left()).containsExactly(TAB);
  }

  @Test
  void update_unknownMemberLeaves_isNoChange() {
    members.update("umia", null);

    assertThat(members.changed()).isFalse();
  }

  @Test
  void firstList_hasMembersInOrderOfJoining() {
    members.update("ujon", JON);
    members.update("umia", MIA);
    members.update("ujon", JON.withConnection("j2"));

    assertThat(members.first(1)).containsExactly(JON.withConnection("j2"));
    assertThat(members.first(9)).containsExactly(JON.withConnection("j2"), MIA);
  }
}
