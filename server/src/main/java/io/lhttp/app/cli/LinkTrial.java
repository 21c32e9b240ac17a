package io.lhttp.app.cli;

import io.lhttp.app.code.CauseText;
import io.lhttp.app.code.InstanceFactory;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.Attempts;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.InnermostFrame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Creates links and closes them again, to find the errors that their code throws. Java code runs on
 * a daemon thread with the deadlines of a server, and is left behind if it hangs. Confined to one
 * thread.
 */
final class LinkTrial {
  private static final Duration CLOSE_TIME = Duration.ofSeconds(10);

  /** The time between two lines about a constructor that still runs. */
  private static final Duration STILL_RUNNING = Duration.ofSeconds(10);

  private final Duration deadline;
  private final Duration closeTime;
  private final Consumer<String> printer;
  private final List<Problem> problems;

  /**
   * @param deadline the longest time of a constructor
   * @param printer prints a line for the user
   * @param problems gets what the links throw
   */
  LinkTrial(Duration deadline, Consumer<String> printer, List<Problem> problems) {
    this(deadline, CLOSE_TIME, printer, problems);
  }

  /**
   * @param closeTime the longest time of {@code close()}
   */
  LinkTrial(
      Duration deadline, Duration closeTime, Consumer<String> printer, List<Problem> problems) {
    this.deadline = deadline;
    this.closeTime = closeTime;
    this.printer = printer;
    this.problems = problems;
  }

  /** Tries one link. */
  void run(Callable<?> make) throws InterruptedException {
    try {
      // a last step belongs to a running server
      var plain =
          make instanceof InstanceFactory.Completed<?> completed ? completed.factory() : make;
      if (plain instanceof InstanceFactory<?> factory) {
        var made = made(factory);
        if (made.isPresent()) {
          tryClose(type(factory), made.get());
        }
      } else {
        close(make.call());
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | LinkageError | StackOverflowError e) {
      failed(e, Place.of("close"), Loggable::text);
    }
  }

  private static String type(InstanceFactory<?> factory) {
    return factory.constructor().getDeclaringClass().getName();
  }

  /** Creates a link; empty with a problem if its constructor throws or hangs. */
  private Optional<Object> made(InstanceFactory<?> factory) throws InterruptedException {
    var type = type(factory);
    var made = new FutureTask<Object>(factory::call);
    var maker = Thread.ofPlatform().daemon().name("lhttp-check-make").start(made);
    try {
      if (ends(made, maker, type)) {
        return Optional.of(made.get());
      }
    } catch (ExecutionException e) {
      failed(
          e,
          factory.place(),
          thrown -> "no %s could be made: %s".formatted(type, CauseText.inWords(thrown)));
      return Optional.empty();
    }
    problems.add(
        new Problem(
            factory.place(),
            "the constructor or a static initialiser of %s has not ended in %s: it is at %s"
                .formatted(type, Attempts.inWords(deadline), InnermostFrame.of(maker))));
    maker.interrupt();
    return Optional.empty();
  }

  /** Closes a link of users' code, and warns if that hangs. */
  private void tryClose(String type, Object link) throws InterruptedException, ExecutionException {
    var closed =
        new FutureTask<Object>(() -> {
          close(link);
          return type;
        });
    var closer = Thread.ofPlatform().daemon().name("lhttp-check-close").start(closed);
    if (!ends(closed, closeTime)) {
      printer.accept(
          "warning: close() of %s has not ended in %s, and a server would leave it behind: it is at %s"
              .formatted(type, Attempts.inWords(closeTime), InnermostFrame.of(closer)));
      closer.interrupt();
    }
  }

  /**
   * Adds the problems of a link that has thrown.
   *
   * @param caught the exception of the link, or that of the task in which the link threw it
   * @param words describes the exception of the link
   */
  private void failed(Throwable caught, Place place, Function<Throwable, String> words) {
    var cause = caught instanceof ExecutionException ? caught.getCause() : null;
    var thrown = cause == null ? caught : cause;
    if (thrown instanceof ConfigurationException e) {
      problems.addAll(e.problems());
    } else {
      problems.add(new Problem(place, words.apply(thrown)));
    }
  }

  private static void close(Object made) throws Exception {
    if (made instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  /** Waits for a constructor, and tells at intervals where it stands. */
  private boolean ends(FutureTask<?> made, Thread maker, String type)
      throws InterruptedException, ExecutionException {
    var start = System.nanoTime();
    for (var left = deadline; left.isPositive(); ) {
      if (ends(made, left.compareTo(STILL_RUNNING) < 0 ? left : STILL_RUNNING)) {
        return true;
      }
      var age = Duration.ofNanos(System.nanoTime() - start);
      left = deadline.minus(age);
      if (left.isPositive()) {
        printer.accept(
            "lhttp: the constructor or a static initialiser of %s still runs: %d s so far, at %s"
                .formatted(type, age.toSeconds(), InnermostFrame.of(maker)));
      }
    }
    return false;
  }

  private static boolean ends(FutureTask<?> task, Duration time)
      throws InterruptedException, ExecutionException {
    try {
      var _ = task.get(time.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    }
  }
}
