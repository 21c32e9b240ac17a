package io.lhttp.app.run;

import io.lhttp.app.code.CauseText;
import io.lhttp.app.logging.Logging;
import io.lhttp.internal.measure.InnermostFrame;
import io.lhttp.internal.measure.Threads;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process of a command even if a shutdown hook of users' code hangs. Once the hooks have
 * had their time, it logs where they hang, and halts the process. The main thread uses it.
 */
public final class ExitDeadline {
  private static final Logger log = LoggerFactory.getLogger(ExitDeadline.class);

  /** The time that shutdown hooks have. */
  private static final Duration TIME = Duration.ofSeconds(10);

  private ExitDeadline() {}

  /** Runs the shutdown hooks, and ends the process with this code. */
  public static void exit(int code) {
    watch(TIME, () -> Logging.halt(code));
    System.exit(code);
  }

  /**
   * Starts a thread that waits for the end of the process.
   *
   * @param halt ends the process at once
   */
  static void watch(Duration time, Runnable halt) {
    var before = Set.copyOf(Threads.all());
    var _ =
        StopDeadline.after(
            "lhttp-exit",
            time,
            () -> {
              log.error(
                  "shutdown hooks did not end within {} s, and the process is halted: {}",
                  time.toSeconds(),
                  hooks(before));
              halt.run();
            });
  }

  /** Names the threads that have begun since then and run code of users. */
  private static String hooks(Set<Thread> before) {
    return Threads.all().stream()
        .filter(thread -> !before.contains(thread))
        .flatMap(thread ->
            CauseText.usersFrames(Threads.stack(thread))
                .limit(1)
                .map(frame ->
                    "thread '%s' at %s".formatted(thread.getName(), InnermostFrame.text(frame))))
        .sorted()
        .collect(Collectors.joining("; "));
  }
}
