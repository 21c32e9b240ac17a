package io.lhttp.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client uses virtual threads where the JDK has them. */
class NewerJdkTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void threads_ofEitherKind_areDaemonsWithClientsName(boolean virtual) throws Exception {
    var thread = new CompletableFuture<Thread>();

    NewerJdk.threads(virtual).execute(() -> thread.complete(Thread.currentThread()));

    var ran = thread.get(30, TimeUnit.SECONDS);
    assertThat(ran.isVirtual()).isEqualTo(virtual);
    assertThat(ran.isDaemon()).isTrue();
    assertThat(ran.getName()).isEqualTo("lhttp-client");
  }
}
