package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.code.leak.ClassLoaderWatch;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links of a running server that leak although their classes stay. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InstanceLeakReloadTest extends ReloadFixture {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** The property that ends the threads of this test. */
  private final String end = "instance.leak." + UUID.randomUUID();

  private final CapturedLog log = new CapturedLog(ClassLoaderWatch.class);

  @BeforeEach
  void anApplication() throws IOException {
    write(
        "filters/Poll.java",
        """
        public class Poll implements io.lhttp.Filter {
          public record Options(int every) {}
          private final byte[] memory = new byte[1_000_000];
          public Poll(Options options) {
            Thread.ofPlatform().daemon().name("poller").start(this::run);
          }
          private void run() {
            while (!Boolean.getBoolean("%s")) {
              memory[0]++;
              try { Thread.sleep(1_000_000); } catch (InterruptedException e) { }
            }
          }
        }
        """
            .formatted(end));
    write(
        "filters/Clean.java",
        """
        public class Clean implements io.lhttp.Filter, AutoCloseable {
          public record Options(int every) {}
          private final Thread thread;
          public Clean(Options options) {
            thread = Thread.ofPlatform().daemon().name("clean").start(this::run);
          }
          private void run() {
            try { Thread.sleep(1_000_000); } catch (InterruptedException e) { }
          }
          public void close() { thread.interrupt(); }
        }
        """);
    write(
        "filters/Keep.java",
        """
        import java.util.Optional;
        public class Keep implements io.lhttp.Filter, io.lhttp.HandsOver<Runnable> {
          public record Options(int every) {}
          private Runnable state;
          private int runs;
          public Keep(Options options) {}
          public Optional<Runnable> handOver() { return Optional.of(state); }
          public void takeOver(Optional<Runnable> given) { state = given.orElse(() -> runs++); }
        }
        """);
    write(
        "processors/Echo.java",
        """
        class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange e) { e.send(e.request().body()); }
        }
        """);
  }

  @AfterEach
  @Override
  void end() throws Exception {
    System.setProperty(end, "true");
    super.end();
    log.close();
    Eventually.holds(
        "the threads end",
        () -> {
          pollers().forEach(Thread::interrupt);
          return pollers().isEmpty();
        });
    System.clearProperty(end);
  }

  private static List<Thread> pollers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("poller"))
        .toList();
  }

  /** Waits until all threads of the filter stand in the same line. */
  private static void awaitSleep() {
    Eventually.holds(
        "the threads sleep",
        () ->
            pollers().stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
  }

  private void chain(String links) throws IOException {
    write(
        "lhttp.yaml",
        "chain: [%s]\nprocessors: { echo: Echo }\nreload: { deadline: 1m }\n".formatted(links));
  }

  private void reload(String links) throws IOException {
    chain(links);
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
  }

  private void check() {
    clock.advance(Duration.ofSeconds(5));
    reloader.checkClassLoaders();
  }

  private List<String> lines() {
    Eventually.holds(
        "the leak is named",
        () -> {
          check();
          return !log.messages().isEmpty();
        });
    return log.messages();
  }

  @Test
  void changedOptions_leavingThread_areNamed() throws Exception {
    chain("Poll: { every: 0 }");
    start(CallerWait.of(PATIENCE));
    for (var every = 1; every <= 10; every++) {
      reload("Poll: { every: " + every + " }");
    }
    awaitSleep();

    assertThat(lines())
        .allSatisfy(line ->
            assertThat(line).contains("a replaced instance", "filter=Poll class=Poll", "'poller'"));
    Eventually.holds(
        "all are counted",
        () -> {
          check();
          return Integer.valueOf(10).equals(reloader.heldInstances().get("thread"));
        });
    assertThat(log.messages()).hasSize(4);
    assertThat(ask("echo", "hi")).isEqualTo("hi");
  }

  @Test
  void linkThatLeftChain_leavingThread_isNamed() throws Exception {
    chain("Poll: { every: 1 }, Clean: { every: 1 }");
    start(CallerWait.of(PATIENCE));
    reload("Clean: { every: 1 }");
    awaitSleep();

    assertThat(lines()).singleElement().asString().contains("filter=Poll class=Poll", "'poller'");
  }

  @Test
  void cleanLinks_changedHundredTimes_leaveNothing() throws Exception {
    chain("Clean: { every: 0 }");
    start(CallerWait.of(PATIENCE));
    for (var every = 1; every <= 100; every++) {
      reload("Clean: { every: " + every + " }");
    }

    Eventually.holds(
        "all are collected",
        () -> {
          check();
          return reloader.closedInstances() == 0;
        });
    assertThat(log.messages()).isEmpty();
  }

  @Test
  void stateOfFirstInstance_handedOver_causesNoLine() throws Exception {
    chain("Keep: { every: 0 }");
    start(CallerWait.of(PATIENCE));
    for (var every = 1; every <= 3; every++) {
      reload("Keep: { every: " + every + " }");
    }

    Eventually.holds(
        "all but the first are collected",
        () -> {
          check();
          return reloader.closedInstances() == 1;
        });
    for (var i = 0; i < 10; i++) {
      check();
    }
    assertThat(log.messages()).isEmpty();
    assertThat(reloader.heldInstances().values()).containsOnly(0);
  }
}
