package io.lhttp.app.run;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reacts to signals. SIGTERM and SIGINT stop the process, and a second one of them ends it at once.
 * SIGHUP reloads the application.
 */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  /** The exit code after SIGTERM: by convention 128 plus the signal's number. */
  private static final int TERMINATED = 143;

  private static final int INTERRUPTED = 130;

  private final CountDownLatch stop = new CountDownLatch(1);

  private final Set<String> ignored;

  private volatile Optional<Runnable> reload = Optional.empty();
  private volatile boolean drains;

  Signals() {
    var found = new TreeSet<String>();
    Map.<String, Runnable>of(
            "TERM", () -> stop(TERMINATED), "INT", () -> stop(INTERRUPTED), "HUP", this::hangUp)
        .forEach((name, reaction) -> {
          if (!handle(name, reaction)) {
            found.add(name);
          }
        });
    ignored = Set.copyOf(found);
  }

  /** The signals that never arrive, because the parent process had them ignored. */
  Set<String> ignored() {
    return ignored;
  }

  /** Sets the reaction to SIGHUP. It runs on a thread of its own. */
  void onHangUp(Runnable reload) {
    this.reload = Optional.of(reload);
  }

  /**
   * Lets SIGTERM drain the server from now on. Until then the signal ends the process at once,
   * because a start may hang in users' code.
   */
  void drainFromNowOn() {
    drains = true;
  }

  /** Stops this server, as SIGTERM would, when another process ends. */
  void stopWith(ProcessHandle process) {
    process.onExit().thenRun(() -> stop(TERMINATED));
  }

  /** Waits for the first SIGTERM or SIGINT. */
  void awaitStop() throws InterruptedException {
    stop.await();
  }

  private void hangUp() {
    reload.ifPresentOrElse(
        Runnable::run, () -> log.info("SIGHUP ignored: the server has not started yet"));
  }

  private void stop(int code) {
    if (!drains || stop.getCount() == 0) {
      Runtime.getRuntime().halt(code);
    }
    stop.countDown();
  }

  /**
   * Sets the handler of a signal with {@code sun.misc.Signal}. Only so can the process end with 0
   * after SIGTERM. The class is called by reflection, because javac's warning about it can't be
   * suppressed. Returns whether the signal can arrive.
   */
  private static boolean handle(String name, Runnable reaction) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      var run =
          MethodHandles.publicLookup()
              .findVirtual(Runnable.class, "run", methodType(void.class))
              .bindTo(reaction);
      var before =
          signal
              .getMethod("handle", signal, handler)
              .invoke(
                  null,
                  signal.getConstructor(String.class).newInstance(name),
                  MethodHandleProxies.asInterfaceInstance(
                      handler, MethodHandles.dropArguments(run, 0, signal)));
      return !handler.getField("SIG_IGN").get(null).equals(before);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK hands over no signals", e);
    }
  }
}
