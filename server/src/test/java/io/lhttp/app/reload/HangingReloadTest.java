package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reload whose code hangs is abandoned while the old chain serves on. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HangingReloadTest extends ReloadFixture {
  private static final int PATIENCE_SECONDS = 60;

  /**
   * The name of the property that ends the hanging code, and the prefix of properties by which the
   * code reports its progress.
   */
  private final String key = "hanging." + UUID.randomUUID();

  @BeforeEach
  void anApplication() throws IOException {
    write("filters/Calm.java", "public class Calm implements io.lhttp.Filter {}");
    write(
        "processors/Echo.java",
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange e) { e.send("one"); }
        }
        """);
    write("lhttp.yaml", yaml("Calm"));
  }

  @AfterEach
  @Override
  void end() throws Exception {
    System.setProperty(key, "release");
    super.end();
    for (var name : List.copyOf(System.getProperties().stringPropertyNames())) {
      if (name.startsWith(key) && !name.equals(key)) {
        System.clearProperty(name);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"constructor", "initializer", "statics"})
  void hangingReload_isAbandonedAndOldChainServes(String where) throws Exception {
    start(untilItHangs());
    hangIn(where);
    write("lhttp.yaml", yaml("Slow"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused -> {
          assertThat(refused.generation()).isEqualTo(1);
          assertThat(refused.problems().getFirst().message())
              .contains("it has not ended in 7000 ms and is left behind: since 20")
              .containsPattern("at Slow\\.(hang|<init>|<clinit>)\\(Slow\\.java:\\d+\\)")
              .contains("static initialiser of filter 'Slow' (filters/Slow.java); mend the line");
        });

    assertThat(reloader.leftBehind()).singleElement().asString().contains("Slow.java:");
    assertThat(ask("echo", "")).isEqualTo("one");
    assertThat(reloader.counts().refused()).isEqualTo(1);

    write("lhttp.yaml", yaml("Calm, multipart"));
    System.clearProperty(key + ".begun");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
  }

  @Test
  void lateBuild_isClosedAndNotSwappedIn() throws Exception {
    start(untilItHangs());
    hangIn("constructor");
    write("lhttp.yaml", yaml("Slow"));
    reloader.reload();
    assertThat(System.getProperty(key + ".closed")).isNull();

    System.setProperty(key, "release");

    Eventually.holds("what it made is closed", () -> System.getProperty(key + ".closed") != null);
    Eventually.holds("its thread has ended", () -> reloader.leftBehind().isEmpty());
    assertThat(control().pipeline().generation()).isEqualTo(1);
    assertThat(control().pipeline().filterNames()).containsExactly("Calm");
  }

  @Test
  void secondReload_duringFirst_isBusyAndBlocksNothing() throws Exception {
    start(CallerWait.of(Duration.ofMinutes(2)));
    hangIn("constructor");
    write("lhttp.yaml", yaml("Slow"));
    var first = CompletableFuture.supplyAsync(reloader::reload);
    Eventually.holds("it hangs", () -> System.getProperty(key + ".begun") != null);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Busy.class))
        .satisfies(busy -> assertThat(busy.inWords()).contains("another reload runs since 20"));
    reloader.checkProbation();
    assertThat(reloader.probation()).isEmpty();
    assertThat(reloader.counts().swapped()).isZero();
    assertThat(reloader.running().chainInWords()).isEqualTo("Calm");
    assertThat(server.statistics().generations()).isEqualTo(1);
    assertThat(control().clientCounts().failed()).isZero();
    assertThat(server.drain()).isTrue();

    System.setProperty(key, "release");
    assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(ReloadResult.Swapped.class);
    assertThat(control().pipeline().filterNames()).containsExactly("Slow");
  }

  @Test
  void fifthHangingReload_isRefused() throws Exception {
    start(untilItHangs());
    hangIn("constructor");
    write("lhttp.yaml", yaml("Slow"));
    for (var i = 0; i < 4; i++) {
      System.clearProperty(key + ".begun");
      reloader.reload();
    }

    assertThat(reloader.reload().inWords())
        .contains("4 earlier reloads hang, and no more may: restart the server; they hang since 20")
        .contains("filter 'Slow' (filters/Slow.java); since 20");
    assertThat(reloader.leftBehind()).hasSize(4);
  }

  @Test
  void hangingHandOver_isNamedAndLinkCanBeTakenOut() throws Exception {
    var door =
        """
        import java.util.Optional;
        public class Door implements io.lhttp.Filter, io.lhttp.HandsOver<String> {
          static final int VERSION = 1;
          public Optional<String> handOver() {
            System.setProperty("%s.begun", "yes");
            while (System.getProperty("%s") == null) {
              java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
            return Optional.of("");
          }
          public void takeOver(Optional<String> state) {}
        }
        """
            .formatted(key, key);
    write("filters/Door.java", door);
    write("lhttp.yaml", yaml("Door"));
    start(untilItHangs());
    write("filters/Door.java", door.replace("VERSION = 1", "VERSION = 2"));

    assertThat(reloader.reload().inWords())
        .contains("in handOver() of the running filter 'Door' (filters/Door.java); ")
        .contains("take 'Door' out of the chain by a reload of its own, or restart the server");

    write("lhttp.yaml", yaml("Calm"));
    System.clearProperty(key + ".begun");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Swapped.class);
  }

  /**
   * Writes a filter that hangs while it is created, despite interrupts, and reports when it is
   * closed.
   */
  private void hangIn(String where) throws IOException {
    var hang = "hang();";
    write(
        "filters/Slow.java",
        """
        public class Slow implements io.lhttp.Filter, AutoCloseable {
          static { %s }
          { %s }
          public Slow() { %s }
          static void hang() {
            System.setProperty("%s.begun", "yes");
            while (System.getProperty("%s") == null) {
              java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
          }
          public void close() { System.setProperty("%s.closed", "yes"); }
        }
        """
            .formatted(
                where.equals("statics") ? hang : "",
                where.equals("initializer") ? hang : "",
                where.equals("constructor") ? hang : "",
                key,
                key,
                key));
  }

  /** Waits until the reload hangs, or is over. */
  private CallerWait untilItHangs() {
    return result ->
        Eventually.holds(
            "it hangs, or is over",
            () -> result.isDone() || System.getProperty(key + ".begun") != null);
  }

  private static String yaml(String chain) {
    return """
    reload: { deadline: 7s }
    chain: [%s]
    processors: { echo: Echo }
    """
        .formatted(chain);
  }
}
