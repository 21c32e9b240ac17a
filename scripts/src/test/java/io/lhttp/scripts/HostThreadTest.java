package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A script thread runs its waiting tasks after a task has thrown, and after its worker was
 * replaced.
 */
class HostThreadTest {
  private final HostThread thread = new HostThread(0);

  @Test
  void replace_runsWaitingTasksOnNewWorker() {
    var end = new CompletableFuture<Void>();
    var worker = new CompletableFuture<Thread>();
    thread.execute(() -> {
      worker.complete(Thread.currentThread());
      end.join();
    });
    var abandoned = worker.join();
    var next = new CompletableFuture<Thread>();
    thread.execute(() -> next.complete(Thread.currentThread()));

    thread.replace();

    assertThat(next.join()).isNotSameAs(abandoned);
    end.complete(null);
    thread.close();
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class})
  void throwingTask_keepsWorker(Class<? extends Throwable> kind) throws Exception {
    var thrown = kind.getConstructor().newInstance();
    var worker = new CompletableFuture<Thread>();
    thread.execute(() -> worker.complete(Thread.currentThread()));
    thread.execute(() -> sneaky(thrown));
    var next = new CompletableFuture<Thread>();
    thread.execute(() -> next.complete(Thread.currentThread()));

    assertThat(next.get(60, TimeUnit.SECONDS)).isSameAs(worker.join());
    thread.close();
  }

  private static void sneaky(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException(thrown);
    }
  }
}
