package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.server.Drain;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A drain spreads its closes, and the reconnects of its clients, over time. */
class DrainPaceTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 0, 100",
    "1000, 99, 100",
    "1000, 100, 200",
    "1000, 900, 1000",
    "1000, 2000, 2100",
    "10, 0, 1",
    "10, 100, 2",
    "1, 0, 1",
    "1, 900, 1",
    "1, 1900, 2",
    "1, 10000, 10",
    "2147483647, 30000, 2147483647"
  })
  void due_growsInGroupsOfTenthsOfASecond(int perSecond, long millis, int due) {
    var drain = new Drain(Duration.ofMinutes(1), perSecond, Duration.ofSeconds(1));

    assertThat(new DrainPace(drain).due(Duration.ofMillis(millis))).isEqualTo(due);
  }

  @ParameterizedTest
  @CsvSource({"1000, 0, 1.0", "1000, 0.5, 1.5", "1000, 0.99, 2.0", "2500, 0, 2.5", "0, 0.7, 0.0"})
  void code_reasonSaysRetryAfter(long retryMillis, double random, String seconds) {
    var pace = new DrainPace(new Drain(Duration.ofMinutes(1), 1, Duration.ofMillis(retryMillis)));

    assertThat(pace.status(random).code()).isEqualTo(1001);
    assertThat(pace.status(random).reason()).isEqualTo("draining; retry-after=" + seconds);
  }

  @Test
  void drain_valuesOutOfRange_throw() {
    var second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new Drain(second.negated(), 1, second))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Drain(second, 0, second))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Drain(second, 1, Duration.ofSeconds(Long.MAX_VALUE)))
        .hasMessageContaining("after a day at most");
    assertThatThrownBy(() -> new Drain(second, 1, Duration.ofDays(1).plusNanos(1)))
        .hasMessageContaining("after a day at most");
    var longest = new DrainPace(new Drain(second, 1, Duration.ofDays(1)));
    assertThat(longest.status(1).reason()).endsWith("=172800.0");
    assertThatThrownBy(() -> new Drain(second, 1, second.negated()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void share_spreadsReturningClientsEvenly() {
    // 100 connections per second are closed, and their clients wait for 1 to 2 seconds. Counts how
    // many clients reconnect in each second.
    var back = new int[12];
    for (var i = 0; i < 1_000; i++) {
      back[(int) (i / 100.0 + 1 + DrainPace.share(i))]++;
    }

    assertThat(back[0]).isZero();
    assertThat(Arrays.stream(back).sum()).isEqualTo(1_000);
    assertThat(Arrays.stream(back, 2, 11).boxed()).allMatch(n -> n >= 97 && n <= 103);
  }
}
