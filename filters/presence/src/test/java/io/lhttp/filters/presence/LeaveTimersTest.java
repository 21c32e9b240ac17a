package io.lhttp.filters.presence;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.ManualClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leave timers keep a disconnected member for its grace period, within a bounded number. */
class LeaveTimersTest {
  private static final String ROOM = "room:a";
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofSeconds(2);

  private final ManualClock clock = new ManualClock();
  private final LeaveTimers timers = new LeaveTimers(3, clock::nanoTime);

  @Test
  void timers_expireEachAtItsTimeOnce() {
    start("a", LONG);
    start("b", SHORT);
    clock.advance(SHORT);
    start("c", LONG);

    assertThat(expired()).containsExactly("b");
    clock.advance(LONG.minus(SHORT));
    assertThat(expired()).containsExactly("a");
    clock.advance(SHORT);
    assertThat(expired()).containsExactly("c");
    clock.advance(LONG);
    assertThat(expired()).isEmpty();
  }

  @Test
  void give_freesPlaceForOtherTimer() {
    for (var i = 0; i < 100; i++) {
      timers.cancel(start("a", LONG));
    }
    start("b", LONG);
    start("c", LONG);
    start("d", LONG);

    assertThat(timers.start(ROOM, "e", LONG)).isNull();
    assertThat(timers.refused()).isEqualTo(1);
    clock.advance(LONG);
    assertThat(expired()).containsExactly("b", "c", "d");
  }

  @Test
  void give_afterExpiry_freesOnePlaceOnly() {
    var late = start("a", SHORT);
    start("b", LONG);
    start("c", LONG);
    clock.advance(SHORT);
    assertThat(expired()).containsExactly("a");

    timers.cancel(late);
    timers.cancel(late);
    start("d", LONG);

    assertThat(timers.start(ROOM, "e", LONG)).isNull();
  }

  @Test
  void expire_earlierTimerOfMember_keepsMember() {
    var names = new Budget(10);
    var rule = new PresenceRule(LONG, false, 10);
    var presence = new ChannelPresence(ROOM, rule, "server", names, timers, 0);
    presence.join(new Member("umia", "mia", "m1", 0));
    presence.leave("m1", true);
    clock.advance(LONG);
    var before = timers.takeExpired().getFirst();
    presence.join(new Member("umia", "mia", "m2", 0));
    presence.leave("m2", true);

    presence.expire(before);
    assertThat(presence.list(10).count()).isEqualTo(1);

    clock.advance(LONG);
    timers.takeExpired().forEach(presence::expire);
    assertThat(presence.list(10).count()).isZero();
    assertThat(names.used()).isZero();
  }

  @Test
  void timer_startsWithLastConnectionOfUser() {
    var rule = new PresenceRule(LONG, false, 10);
    var presence = new ChannelPresence(ROOM, rule, "server", new Budget(10), timers, 0);
    presence.join(new Member("umia", "mia", "m1", 0));
    presence.join(new Member("umia", "mia", "m2", 0));

    presence.leave("m1", true);
    assertThat(expired()).isEmpty();
    presence.leave("m2", true);

    assertThat(presence.list(10).count()).isEqualTo(1);
    clock.advance(LONG);
    assertThat(expired()).containsExactly("umia");
  }

  private LeaveTimers.Timer start(String key, Duration length) {
    return requireNonNull(timers.start(ROOM, key, length));
  }

  private List<String> expired() {
    return timers.takeExpired().stream().map(timer -> timer.key).toList();
  }
}
