package io.lhttp.internal.chain;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.RefusedException;
import io.lhttp.internal.measure.Clients;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Calls one filter's methods of a connection's life. Connections keep it while the filter takes
 * part in them, so it leads to no other link and no pipeline. Immutable; all threads may use it.
 */
final class FilterHooks {
  /** The status of a refusal by which a filter asks for a later review. */
  private static final int UNDECIDED = 503;

  private static final Duration PAUSE = Duration.ofSeconds(5);

  /** Which calls about a connection a filter has had. */
  enum Stage {
    /**
     * The filter came into the chain after the connection was opened, and no method was called for
     * the connection.
     */
    UNKNOWN,

    /** The filter serves the connection, and no method was called for its beginning. */
    PRESENT,

    /** {@code onOpen} or {@code onJoin} was called. */
    BEGUN
  }

  /** The part of a filter in one connection: the filter's methods, and which calls it has had. */
  record Part(FilterHooks hooks, Stage stage) {
    boolean unknown() {
      return stage == Stage.UNKNOWN;
    }

    /** Whether the filter has a method for the end of the connection. */
    boolean closes() {
      return (stage == Stage.BEGUN || !hooks.begins()) && hooks.closes;
    }

    /** Whether the filter has a method for its own end while the connection stays open. */
    boolean leaves() {
      return stage == Stage.BEGUN ? hooks.leaves || hooks.closes : hooks.leaves && !hooks.begins();
    }
  }

  final Filter filter;

  private final Part unknown = new Part(this, Stage.UNKNOWN);
  private final Part present = new Part(this, Stage.PRESENT);
  private final Part begun = new Part(this, Stage.BEGUN);

  /** The link's bit among those whose failures {@link Clients} count. */
  final long bit;

  final boolean opens;
  final boolean joins;
  final boolean reviews;
  private final boolean leaves;
  private final boolean closes;
  private final Failures failures;
  private final ContextLoader loader;
  private final HookMethod join;
  private final HookMethod leave;

  FilterHooks(Filter filter, long bit, Failures failures, ContextLoader loader) {
    this.filter = filter;
    this.bit = bit;
    this.failures = failures;
    this.loader = loader;
    this.opens = has("onOpen");
    this.joins = has("onJoin");
    this.reviews = has("onReview");
    this.leaves = has("onLeave");
    this.closes = has("onClose");
    this.join = method("join", filter::onJoin);
    this.leave = method("leave", filter::onLeave);
  }

  private HookMethod method(String event, Failures.Hook hook) {
    return new HookMethod(filter, event, failures, loader, hook);
  }

  private boolean has(String method) {
    return OverriddenMethods.hook(filter, Filter.class, method, Connection.class);
  }

  /**
   * Whether the filter has a method for the beginning. If so, only connections for which it was
   * called also end for the filter.
   */
  boolean begins() {
    return opens || joins;
  }

  /** Whether connections must remember that this filter takes part in them. */
  boolean takesPart() {
    return joins || leaves || (opens && closes);
  }

  /**
   * Whether the filter gets {@code onClose} for each connection, because it has no method for the
   * beginning.
   */
  boolean closesAnyway() {
    return closes && !begins();
  }

  /** The filter's part in a connection that was opened with it. */
  Part opened() {
    return part(opens ? Stage.BEGUN : Stage.PRESENT);
  }

  Part part(Stage stage) {
    return switch (stage) {
      case UNKNOWN -> unknown;
      case PRESENT -> present;
      case BEGUN -> begun;
    };
  }

  /** Runs {@code onOpen}; returns false if the filter failed. */
  boolean open(Connection connection, int generation) {
    return failures.call("open", loader, filter::onOpen, connection, generation);
  }

  /** Runs {@code onJoin}; returns false if the filter failed, or hangs. */
  boolean join(ConnectionHooks.HookCaller caller, Connection connection) {
    return caller.call(join, connection);
  }

  void leave(ConnectionHooks.HookCaller caller, Connection connection) {
    var unused = caller.call(leave, connection);
  }

  void close(Connection connection, int generation) {
    var unused = failures.call("close", loader, filter::onClose, connection, generation);
  }

  /**
   * Runs {@code onReview}; returns the pause before the next review, empty if the filter has
   * decided. A filter that fails or hangs ends the connection.
   */
  Optional<Duration> review(ConnectionHooks.HookCaller caller, Connection connection) {
    var again = new AtomicReference<@Nullable Duration>();
    var review =
        method(
            "review",
            reviewed -> {
              try {
                filter.onReview(reviewed);
              } catch (RefusedException refused) {
                if (refused.refusal().status() != UNDECIDED) {
                  throw refused;
                }
                again.set(refused.refusal().retryAfter().orElse(PAUSE));
              }
            });
    if (!caller.call(review, connection)) {
      connection.close(CloseStatus.FAILED);
      return Optional.empty();
    }
    return Optional.ofNullable(again.get());
  }
}
