package io.lhttp.scripts.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.scripts.ScriptHost;
import io.lhttp.testing.Eventually;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The compiler gate blocks threads during a cold start; one gate serves the whole process. */
@Timeout(120)
class CompilerGateTest {
  private final CountDownLatch passed = new CountDownLatch(1);

  @AfterEach
  void open() {
    CompilerGate.open();
  }

  @Test
  void openGate_letsThreadsPass() throws InterruptedException {
    pass();

    passed.await();
  }

  @Test
  void closedGate_blocksThreadsUntilOpened() throws InterruptedException {
    CompilerGate.close();
    var thread = pass();
    Eventually.holds("it waits", () -> thread.getState() == Thread.State.TIMED_WAITING);

    CompilerGate.open();

    passed.await();
  }

  @Test
  void closedGate_neverOpened_opensByItself() throws InterruptedException {
    CompilerGate.close();
    pass();

    passed.await();
  }

  @Test
  void coldHost_closesGateUntilStarted() throws InterruptedException {
    try (var host = ScriptHost.builder().eventLoops(1).startCold(true).build()) {
      assertThat(CompilerGate.closed()).isTrue();
      host.started();
      assertThat(CompilerGate.closed()).isFalse();
    }
  }

  @Test
  void hostClosedBeforeStart_opensGate() {
    ScriptHost.builder().eventLoops(1).startCold(true).build().close();

    assertThat(CompilerGate.closed()).isFalse();
  }

  @Test
  void warmHost_leavesGateOpen() {
    try (var _ = ScriptHost.builder().eventLoops(1).build()) {
      assertThat(CompilerGate.closed()).isFalse();
    }
  }

  private Thread pass() {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          CompilerGate.pass();
          passed.countDown();
        });
  }
}
