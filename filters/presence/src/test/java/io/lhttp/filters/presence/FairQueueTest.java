package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The queue of changed channels takes turns among the users who changed them. */
class FairQueueTest {
  private final FairQueue turns = new FairQueue();

  @Test
  void next_userWithManyChanges_delaysNoOtherUser() {
    var many = List.of(state("1"), state("2"), state("3"));
    many.forEach(state -> turns.add("pest", state));
    turns.add("mia", state("mia"));
    turns.add("jon", state("jon"));

    assertThat(told()).containsExactly("1", "mia", "jon", "2", "3");
    assertThat(turns.size()).isZero();
  }

  @Test
  void next_channelChangedByTwoUsers_isReturnedOnce() {
    var shared = state("shared");
    turns.add("pest", state("1"));
    turns.add("pest", shared);
    turns.add("mia", shared);

    assertThat(told()).containsExactly("1", "shared");
  }

  @Test
  void again_keepsChannelInTurnsOfAllUsers() {
    var early = state("early");
    turns.add("mia", early);
    turns.add("jon", early);
    var turn = turns.next();
    assertThat(turn).isEqualTo(new FairQueue.Turn("mia", early));
    turns.add("mia", early);
    turns.again(new FairQueue.Turn("mia", early));

    assertThat(told()).containsExactly("early");
    turns.again(new FairQueue.Turn("jon", early));
    assertThat(told()).as("told meanwhile").isEmpty();
  }

  @Test
  void add_channelChangedByHundredUsers_queuesFourTurns() {
    var crowded = state("crowded");
    for (var i = 0; i < 100; i++) {
      turns.add("c" + i, crowded);
    }
    var taken = 0;
    while (turns.next() != null) {
      taken++;
    }

    assertThat(taken).isEqualTo(4);
    turns.done(crowded);
    assertThat(turns.has(crowded)).isFalse();
  }

  private List<String> told() {
    var channels = new ArrayList<String>();
    for (var turn = turns.next(); turn != null; turn = turns.next()) {
      turns.done(turn.state());
      channels.add(turn.state().presence.channel);
    }
    return channels;
  }

  private static PresenceState state(String channel) {
    var rule = new PresenceRule(Duration.ZERO, false, 10);
    var graces = new LeaveTimers(1, () -> 0);
    return new PresenceState(
        new ChannelPresence(channel, rule, "server", new Budget(1), graces, 0), 0);
  }
}
