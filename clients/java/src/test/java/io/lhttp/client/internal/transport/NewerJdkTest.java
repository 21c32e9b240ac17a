package io.lhttp.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The client uses virtual threads where the JDK has them. */
class NewerJdkTest {
  @Test
  void threads_ofThisJdk_areDaemonsWithClientsName() throws Exception {
    var ran = ran(NewerJdk.THREADS);

    assertThat(isVirtual(ran)).isEqualTo(Runtime.version().feature() >= 21);
    assertThat(ran.isDaemon()).isTrue();
    assertThat(ran.getName()).isEqualTo("lhttp-client");
  }

  @Test
  void threads_ofPlatform_areDaemonsWithClientsName() throws Exception {
    var ran = ran(NewerJdk.threads(false));

    assertThat(isVirtual(ran)).isFalse();
    assertThat(ran.isDaemon()).isTrue();
    assertThat(ran.getName()).isEqualTo("lhttp-client");
  }

  private static Thread ran(Executor threads) throws Exception {
    var thread = new CompletableFuture<Thread>();
    threads.execute(() -> thread.complete(Thread.currentThread()));
    return thread.get(30, TimeUnit.SECONDS);
  }

  /** JDK 17 has no method that tells. */
  private static boolean isVirtual(Thread thread) {
    return !thread.getClass().equals(Thread.class);
  }
}
