package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The log says where a reload stands while it runs. */
class SlowReloadTest {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private final CountDownLatch release = new CountDownLatch(1);

  @Test
  void slowReload_isLoggedWithItsPlaceUntilItEnds() throws Exception {
    var attempts = new Attempts(DEADLINE, () -> 1, CallerWait.of(DEADLINE), Duration.ofMillis(5));
    try (var log = new CapturedLog(Attempts.class)) {
      var result = CompletableFuture.supplyAsync(() -> attempts.run(this::buildSlowly));
      Eventually.holds(
          "two lines name the class and the line",
          () ->
              log.messages().stream()
                      .filter(line ->
                          line.matches(
                              "a reload still runs; the old chain serves, and later changes of files wait"
                                  + " after=\\d+ ms deadline=120 s"
                                  + " at=io\\.lhttp\\.app\\.reload\\.SlowReloadTest\\..*"
                                  + "\\(SlowReloadTest\\.java:\\d+\\)"))
                      .count()
                  >= 2);
      assertThat(result).isNotDone();

      release.countDown();
      assertThat(result.get(1, TimeUnit.MINUTES)).isInstanceOf(ReloadResult.Refused.class);
    }
  }

  @Test
  void reloadThatServerCancels_isRefusedAtOnce() {
    var attempts = new Attempts(DEADLINE, () -> 1, CallerWait.of(Duration.ofSeconds(20)));

    var result =
        attempts.run(attempt -> {
          throw new CancellationException("the server is closed");
        });

    assertThat(result)
        .isInstanceOfSatisfying(
            ReloadResult.Refused.class,
            refused -> assertThat(refused.problems().toString()).contains("the server is closed"));
  }

  private void buildSlowly(Attempt attempt) {
    try {
      var _ = release.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    attempt.finish(() -> new ReloadResult.Refused(1, List.of(), Duration.ZERO));
  }
}
