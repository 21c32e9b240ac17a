package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Reloads that their callers abandon. */
class AttemptsTest {
  @Test
  void interruptedCaller_getsNoAdviceForNextReload() throws Exception {
    var attempts = new Attempts(Duration.ofHours(1), () -> 1);
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    var result = new CompletableFuture<ReloadResult>();
    var caller =
        Thread.ofPlatform()
            .start(() ->
                result.complete(
                    attempts.run(_ -> {
                      begun.countDown();
                      awaitUninterruptibly(end);
                    })));
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

    caller.interrupt();

    assertThat(result.get(60, TimeUnit.SECONDS).inWords())
        .contains("the server ends and does not wait for it: since ")
        .doesNotContain("mend", "serves until");
    end.countDown();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException _) {
        // a link that ignores interrupts
      }
    }
  }
}
