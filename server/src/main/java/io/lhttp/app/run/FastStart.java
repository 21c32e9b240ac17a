package io.lhttp.app.run;

import io.lhttp.app.settings.Mode;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the launcher prepare a fast start for the next time, in a process beside the running server.
 * A server that starts for the first time listens without one. The process has the lowest priority,
 * is the first to be ended where memory is short, and ends with the server. A thread of its own
 * starts the process and waits for it.
 */
final class FastStart implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FastStart.class);

  /** The launcher sets this system property if a fast start has to be prepared. */
  private static final String PROPERTY = "lhttp.prepare";

  /** The time after the start in which the process would slow down the first messages. */
  private static final Duration PAUSE = Duration.ofSeconds(30);

  /** Runs a command as quietly as the system can, also one without {@code nice}. */
  private static final String QUIETLY =
      "{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null;"
          + " if command -v nice >/dev/null; then exec nice -n 19 \"$@\"; fi; exec \"$@\"";

  private final CountDownLatch end = new CountDownLatch(1);
  private final List<String> command;
  private final Duration pause;

  /** Guarded by this object's lock. */
  private @Nullable Process process;

  /**
   * @param launcher the command line of the launcher that prepares the fast start
   */
  FastStart(List<String> launcher, Duration pause) {
    this.command = new ArrayList<>(List.of("sh", "-c", QUIETLY, "sh"));
    this.command.addAll(launcher);
    this.pause = pause;
  }

  /**
   * Returns a preparation that waits for its time, or null if the launcher asks for none or the
   * memory has no room for it.
   */
  static @Nullable FastStart begin(Mode mode, ServerOptions options) {
    var launcher = System.getProperty("lhttp.launcher");
    if (launcher == null || System.getProperty(PROPERTY) == null) {
      return null;
    }
    var line = new ArrayList<>(List.of(launcher, mode == Mode.DEV ? "dev" : "serve"));
    line.add(options.folder.toAbsolutePath().toString());
    if (options.scripts != null) {
      line.addAll(List.of("--scripts", options.scripts.name()));
    }
    if (!StartMemory.ofThisJvm().hasRoomForPreparation()) {
      log.info(
          "no fast start is prepared, as the memory has no room for a process beside the server;"
              + " LHTTP_PREPARE=yes {} prepares it",
          String.join(" ", line));
      return null;
    }
    return new FastStart(line, PAUSE).begin();
  }

  FastStart begin() {
    Thread.ofPlatform().daemon().name("lhttp-fast-start").start(this::prepare);
    return this;
  }

  private void prepare() {
    try {
      if (end.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
      var started = start();
      if (started == null) {
        return;
      }
      var code = started.waitFor();
      if (code == 0) {
        log.info("a fast start is prepared for the next time");
      } else if (end.getCount() > 0) {
        log.warn("a fast start could not be prepared: exit code {}", code);
      }
    } catch (IOException e) {
      log.warn("a fast start could not be prepared: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts the process, or returns null if the server has begun to stop. */
  private synchronized @Nullable Process start() throws IOException {
    if (end.getCount() == 0) {
      return null;
    }
    var builder =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder.environment().put("LHTTP_PREPARE", "yes");
    process = builder.start();
    return process;
  }

  /** Ends the process. Does not wait for it. */
  @Override
  public synchronized void close() {
    end.countDown();
    if (process != null) {
      process.destroy();
    }
  }
}
