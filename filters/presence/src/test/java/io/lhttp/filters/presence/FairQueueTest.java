package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The queue of changed channels takes turns among the users who changed them. */
class FairQueueTest {
  private final FairQueue queue = new FairQueue();

  @Test
  void next_userWithManyChanges_delaysNoOtherUser() {
    var many = List.of(state("1"), state("2"), state("3"));
    many.forEach(state -> queue.add("pest", state));
    queue.add("mia", state("mia"));
    queue.add("jon", state("jon"));

    assertThat(servedChannels()).containsExactly("1", "mia", "jon", "2", "3");
    assertThat(queue.size()).isZero();
  }

  @Test
  void next_channelChangedByTwoUsers_isReturnedOnce() {
    var shared = state("shared");
    queue.add("pest", state("1"));
    queue.add("pest", shared);
    queue.add("mia", shared);

    assertThat(servedChannels()).containsExactly("1", "shared");
  }

  @Test
  void again_keepsChannelInTurnsOfAllUsers() {
    var early = state("early");
    queue.add("mia", early);
    queue.add("jon", early);
    var turn = queue.next();
    assertThat(turn).isEqualTo(new FairQueue.Turn("mia", early));
    queue.add("mia", early);
    queue.putBack(new FairQueue.Turn("mia", early));

    assertThat(servedChannels()).containsExactly("early");
    queue.putBack(new FairQueue.Turn("jon", early));
    assertThat(servedChannels()).as("served meanwhile").isEmpty();
  }

  @Test
  void add_channelChangedByHundredUsers_queuesFourTurns() {
    var crowded = state("crowded");
    for (var i = 0; i < 100; i++) {
      queue.add("c" + i, crowded);
    }
    var taken = 0;
    while (queue.next() != null) {
      taken++;
    }

    assertThat(taken).isEqualTo(4);
    queue.remove(crowded);
    assertThat(queue.contains(crowded)).isFalse();
  }

  private List<String> servedChannels() {
    var channels = new ArrayList<String>();
    for (var turn = queue.next(); turn != null; turn = queue.next()) {
      queue.remove(turn.state());
      channels.add(turn.state().presence.channel);
    }
    return channels;
  }

  private static PresenceState state(String channel) {
    var rule = new PresenceRule(Duration.ZERO, false, 10);
    var timers = new LeaveTimers(1, () -> 0);
    return new PresenceState(
        new ChannelPresence(channel, rule, "server", new Budget(1), timers, 0), 0);
  }
}
