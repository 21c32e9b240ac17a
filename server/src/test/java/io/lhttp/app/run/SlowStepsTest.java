package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Start-up prints each step that takes over a second. */
class SlowStepsTest {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final SlowSteps steps = new SlowSteps(lines::add, nanos::get);

  @Test
  void quickSteps_printNothing() {
    steps.begin("one");
    pass(900);
    steps.check();
    steps.begin("two");
    pass(1_000);
    steps.check();
    steps.close();
    assertThat(lines).isEmpty();
  }

  @Test
  void slowStep_isPrintedWhileRunningAndAtEnd() {
    steps.begin("one");
    pass(1_001);
    steps.check();
    assertThat(lines).containsExactly("one …");
    pass(1_250);
    steps.check();
    steps.begin("two");
    steps.check();
    assertThat(lines).containsExactly("one …", "one: 2.3 s");
  }

  @Test
  void longStep_isPrintedWithPlaceAtGrowingPauses() {
    var hanging = new SlowSteps(lines::add, nanos::get, true);
    hanging.begin("one");
    for (var i = 0; i < 45; i++) {
      pass(1_000);
      hanging.check();
    }
    assertThat(lines)
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("one …"),
            line ->
                assertThat(line)
                    .matches("one: 10 s so far, at io\\.lhttp\\..*\\(\\w+\\.java:\\d+\\)"),
            line -> assertThat(line).startsWith("one: 20 s so far, at "),
            line -> assertThat(line).startsWith("one: 40 s so far, at "));
  }

  @Test
  void slowStep_withoutLook_isPrintedAtEnd() {
    steps.begin("one");
    pass(3_000);
    steps.close();
    assertThat(lines).containsExactly("one: 3.0 s");
  }

  @Test
  void watch_looksByItselfAndEndsWithSteps() {
    var look = new AtomicLong();
    var watched = new SlowSteps(lines::add, () -> look.getAndAdd(Duration.ofSeconds(2).toNanos()));
    watched.begin("one");
    var watch = Thread.ofPlatform().daemon().start(watched::watch);
    Eventually.holds("the step is printed", () -> lines.contains("one …"));
    watched.close();
    Eventually.holds("the watch ends", () -> !watch.isAlive());
  }

  private void pass(long millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }
}
