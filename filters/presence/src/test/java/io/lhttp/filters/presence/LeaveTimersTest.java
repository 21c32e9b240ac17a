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
  private final LeaveTimers graces = new LeaveTimers(3, clock::nanoTime);

  @Test
  void timers_expireEachAtItsTimeOnce() {
    take("a", LONG);
    take("b", SHORT);
    clock.advance(SHORT);
    take("c", LONG);

    assertThat(over()).containsExactly("b");
    clock.advance(LONG.minus(SHORT));
    assertThat(over()).containsExactly("a");
    clock.advance(SHORT);
    assertThat(over()).containsExactly("c");
    clock.advance(LONG);
    assertThat(over()).isEmpty();
  }

  @Test
  void give_freesPlaceForOtherTimer() {
    for (var i = 0; i < 100; i++) {
      graces.give(take("a", LONG));
    }
    take("b", LONG);
    take("c", LONG);
    take("d", LONG);

    assertThat(graces.take(ROOM, "e", LONG)).isNull();
    assertThat(graces.refused()).isEqualTo(1);
    clock.advance(LONG);
    assertThat(over()).containsExactly("b", "c", "d");
  }

  @Test
  void give_afterExpiry_freesOnePlaceOnly() {
    var late = take("a", SHORT);
    take("b", LONG);
    take("c", LONG);
    clock.advance(SHORT);
    assertThat(over()).containsExactly("a");

    graces.give(late);
    graces.give(late);
    take("d", LONG);

    assertThat(graces.take(ROOM, "e", LONG)).isNull();
  }

  @Test
  void expire_earlierTimerOfMember_keepsMember() {
    var names = new Budget(10);
    var rule = new PresenceRule(LONG, false, 10);
    var presence = new ChannelPresence(ROOM, rule, "server", names, graces, 0);
    presence.join(new Member("umia", "mia", "m1", 0));
    presence.leave("m1", true);
    clock.advance(LONG);
    var before = graces.over().getFirst();
    presence.join(new Member("umia", "mia", "m2", 0));
    presence.leave("m2", true);

    presence.expire(before);
    assertThat(presence.list(10).count()).isEqualTo(1);

    clock.advance(LONG);
    graces.over().forEach(presence::expire);
    assertThat(presence.list(10).count()).isZero();
    assertThat(names.used()).isZero();
  }

  @Test
  void timer_startsWithLastConnectionOfUser() {
    var rule = new PresenceRule(LONG, false, 10);
    var presence = new ChannelPresence(ROOM, rule, "server", new Budget(10), graces, 0);
    presence.join(new Member("umia", "mia", "m1", 0));
    presence.join(new Member("umia", "mia", "m2", 0));

    presence.leave("m1", true);
    assertThat(over()).isEmpty();
    presence.leave("m2", true);

    assertThat(presence.list(10).count()).isEqualTo(1);
    clock.advance(LONG);
    assertThat(over()).containsExactly("umia");
  }

  private LeaveTimers.Grace take(String key, Duration length) {
    return requireNonNull(graces.take(ROOM, key, length));
  }

  private List<String> over() {
    return graces.over().stream().map(grace -> grace.key).toList();
  }
}
