package io.lhttp;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * All that a filter or processor takes from outside of its server, beside its options: the time,
 * other servers, and who a connection is known to belong to. A class gets it as the last parameter
 * of its constructor. A server gives {@link #REAL}; {@code lhttp test} gives its own, so that
 * nothing waits and nothing is sent.
 *
 * @param clock the time of day
 * @param nanos ages and pauses; counts as {@link System#nanoTime} does
 * @param timer what is to be done later
 * @param http who answers in the place of the network; empty for the network
 * @param known whom a connection belongs to, whatever it shows; empty where it has to show that
 */
public record Surroundings(
    Clock clock,
    LongSupplier nanos,
    Timer timer,
    Optional<Http> http,
    Function<Connection, Optional<Principal>> known) {

  /** The machine's time and the network. */
  public static final Surroundings REAL =
      new Surroundings(
          Clock.systemUTC(),
          System::nanoTime,
          Timer::real,
          Optional.empty(),
          connection -> Optional.empty());

  /** Runs tasks later, on any thread; a task must not wait. */
  @FunctionalInterface
  public interface Timer {
    /** Returns a call that cancels the task. */
    Runnable after(Duration delay, Runnable task);

    private static Runnable real(Duration delay, Runnable task) {
      var timer = new CompletableFuture<Void>();
      var _ = timer.thenRun(task);
      var _ = timer.completeOnTimeout(null, delay.toMillis(), TimeUnit.MILLISECONDS);
      return () -> timer.cancel(false);
    }
  }

  /** Answers requests to other servers, at once. Called by any thread. */
  @FunctionalInterface
  public interface Http {
    /**
     * @throws IOException where there is to be no answer
     */
    Response answer(Request request) throws IOException;

    /** A request. */
    record Request(String method, URI uri, Map<String, List<String>> headers, ByteBuffer body) {}

    /** An answer. */
    record Response(int status, Map<String, List<String>> headers, ByteBuffer body) {}
  }
}
