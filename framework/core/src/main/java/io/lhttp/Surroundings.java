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
 * The outside world of a filter or processor: time, other servers, and known users. A class takes
 * it as the last parameter of its constructor.
 *
 * <p>A server passes {@link #REAL}. {@code lhttp test} passes its own, so that no test waits or
 * sends to the network.
 *
 * @param clock the time of day
 * @param nanos for ages and pauses; counts as {@link System#nanoTime} does
 * @param timer runs tasks later
 * @param http answers instead of the network; empty for the network
 * @param known the user of every connection, who then needs no authentication; empty if a
 *     connection has to authenticate
 */
public record Surroundings(
    Clock clock,
    LongSupplier nanos,
    Timer timer,
    Optional<Http> http,
    Function<Connection, Optional<Principal>> known) {

  /** The machine's time, and the network. */
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
    /** Schedules a task, and returns a call that cancels it. */
    Runnable after(Duration delay, Runnable task);

    private static Runnable real(Duration delay, Runnable task) {
      var timer = new CompletableFuture<Void>();
      var unusedRun = timer.thenRun(task);
      var unusedEnd = timer.completeOnTimeout(null, delay.toMillis(), TimeUnit.MILLISECONDS);
      return () -> timer.cancel(false);
    }
  }

  /** Answers requests to other servers at once. Any thread calls it. */
  @FunctionalInterface
  public interface Http {
    /**
     * Returns the response.
     *
     * @throws IOException if the request is to fail
     */
    Response answer(Request request) throws IOException;

    /** A request to another server. */
    record Request(String method, URI uri, Map<String, List<String>> headers, ByteBuffer body) {}

    /** The response of another server. */
    record Response(int status, Map<String, List<String>> headers, ByteBuffer body) {}
  }
}
