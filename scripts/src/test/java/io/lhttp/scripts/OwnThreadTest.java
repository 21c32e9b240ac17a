package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwnThreadTest {
  private final OwnThread thread = new OwnThread(0);

  @Test
  void whatWaitsGoesOnWhereTheWorkerIsAbandoned() {
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
}
