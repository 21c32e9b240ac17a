package io.lhttp.internal.version;

import io.lhttp.internal.measure.InnermostFrame;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of links that take longer than they may, one object for each server. The log names each
 * of them, with longer and longer pauses, until it returns. All threads may use it.
 */
final class HangWatch {
  private static final Logger log = LoggerFactory.getLogger(HangWatch.class);

  /** The pauses between two log lines about one call double from this pause to the last. */
  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

  private static final Duration LAST_PAUSE = Duration.ofHours(1);

  private final Map<Thread, Call> calls = new ConcurrentHashMap<>();

  private record Call(Instance instance, String method, Instant since) {}

  /**
   * Watches a thread that runs a method of a link, and ends with it.
   *
   * @param time the time that the call may take; after it the log names the call, and the thread is
   *     interrupted
   */
  void watch(Instance instance, String method, Thread thread, Duration time) {
    var call = new Call(instance, method, Instant.now().truncatedTo(ChronoUnit.SECONDS));
    Thread.ofPlatform() // because links may hold all carriers of virtual threads
        .daemon()
        .name("lhttp-hang-watch")
        .start(() -> follow(call, thread, time));
  }

  /** Whether the call of this thread hangs. */
  boolean has(Thread thread) {
    return calls.containsKey(thread);
  }

  /** Describes each call that hangs: its link, its method, since when, and in which line. */
  List<String> inWords() {
    return calls.entrySet().stream()
        .filter(entry -> entry.getKey().isAlive())
        .map(entry -> inWords(entry.getValue(), entry.getKey()))
        .sorted()
        .toList();
  }

  private static String inWords(Call call, Thread thread) {
    return "%s '%s' in %s() since %s at %s"
        .formatted(
            call.instance.kind(),
            call.instance.name(),
            call.method,
            call.since,
            InnermostFrame.of(thread));
  }

  private void follow(Call call, Thread thread, Duration time) {
    try {
      do {
        if (thread.join(time)) {
          return;
        }
      } while (thread.getStackTrace().length == 0); // it waits for a CPU before its first line
      calls.put(thread, call);
      log(call, thread, "is left behind");
      thread.interrupt();
      var pause = FIRST_PAUSE;
      while (!thread.join(pause)) {
        log(call, thread, "ignores its interrupt, only a restart ends it");
        pause = pause.compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
      }
      log.info(
          "a link that hung has returned from {}() {}={} since={}",
          call.method,
          call.instance.kind(),
          call.instance.name(),
          call.since);
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    } finally {
      calls.remove(thread);
    }
  }

  private static void log(Call call, Thread thread, String fate) {
    log.error(
        "a link hangs in {}() and {} {}={} class={} since={} at={}",
        call.method,
        fate,
        call.instance.kind(),
        call.instance.name(),
        call.instance.object().getClass().getName(),
        call.since,
        InnermostFrame.of(thread));
  }
}
