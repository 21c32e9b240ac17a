package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The state of a channel says at which times its messages are due. */
class PresenceStateTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long START = 1_000 * SECOND;

  private final ChannelPresence presence =
      new ChannelPresence(
          "room:a",
          new PresenceRule(Duration.ZERO, false, 10),
          "server",
          new Budget(10),
          new LeaveTimers(10, () -> 0),
          0);
  private final PresenceState state = new PresenceState(presence, START);

  @Test
  void turn_withinASecond_isEarly() {
    assertThat(state.isEarly(START)).isFalse();
    state.beginTurn(START);

    assertThat(state.isEarly(START + SECOND - 1)).isTrue();
    assertThat(state.isEarly(START + SECOND)).isFalse();
  }

  @Test
  void digest_isDueEveryThirtySeconds() {
    assertThat(state.takeDigest(false, 0, START)).isFalse();
    state.requestDigestIfDue(START);
    assertThat(state.takeDigest(false, 0, START)).isTrue();

    state.requestDigestIfDue(START + 30 * SECOND - 1);
    assertThat(state.takeDigest(false, 0, START + 30 * SECOND - 1)).isFalse();
    state.requestDigestIfDue(START + 30 * SECOND);
    assertThat(state.takeDigest(false, 0, START + 30 * SECOND)).isTrue();
  }

  @Test
  void digest_changedCountAlone_isDue() {
    assertThat(state.takeDigest(true, 1, START)).as("the changes tell it").isFalse();
    assertThat(state.takeDigest(false, 2, START)).isTrue();
    assertThat(state.takeDigest(false, 2, START)).isFalse();
  }

  @Test
  void connected_requestsStateAndSpreadsDigest() {
    assertThat(state.takeRequest(START)).isFalse();
    state.connected(START);

    assertThat(state.isConnected()).isTrue();
    assertThat(state.takeRequest(START)).isTrue();
    state.requestDigestIfDue(START + 30 * SECOND);
    assertThat(state.takeDigest(false, 0, START + 30 * SECOND)).isTrue();
  }

  @Test
  void request_isRepeatedAfterTwoSecondsAtEarliest() {
    state.requestState();
    assertThat(state.takeRequest(START)).isTrue();
    assertThat(state.takeRequest(START + 3 * SECOND)).as("not requested").isFalse();

    state.requestState();
    assertThat(state.takeRequest(START + SECOND)).isFalse();
    assertThat(state.takeRequest(START + 2 * SECOND)).isTrue();
  }

  @Test
  void answer_isRepeatedAfterOneSecondAtEarliest() {
    assertThat(state.takeAnswer(START)).isFalse();
    presence.receive(new ServerMessage.StateRequest("other"), START);
    assertThat(state.takeAnswer(START)).isTrue();

    assertThat(state.takeAnswer(START + SECOND - 1)).isFalse();
    assertThat(state.takeAnswer(START + SECOND)).isTrue();
  }

  @Test
  void idle_atNegativeTimes_isCountedToo() {
    var early = new PresenceState(presence, -START);
    assertThat(early.noteIdle(-START)).isTrue();

    assertThat(early.isIdleForLong(-START + 35 * SECOND)).isFalse();
    assertThat(early.isIdleForLong(-START + 36 * SECOND)).isTrue();
  }

  @Test
  void idleTime_afterMember_beginsAgain() {
    assertThat(state.noteIdle(START)).isTrue();
    assertThat(state.isIdleForLong(START + 35 * SECOND)).isFalse();
    assertThat(state.isIdleForLong(START + 35 * SECOND + 1)).isTrue();

    presence.join(new Member("umia", "mia", "m", 0));
    assertThat(state.noteIdle(START + 36 * SECOND)).isFalse();
    presence.leave("m", false);
    assertThat(state.noteIdle(START + 37 * SECOND)).isTrue();
    assertThat(state.isIdleForLong(START + 38 * SECOND)).isFalse();
  }
}
