package io.lhttp.internal.chain;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.internal.log.Loggable;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outcome of a message. A result is settled once the server has answered the message. Until
 * then the broker still takes a publication of the message, and the caller has to call {@link
 * #settle} or {@link #await}.
 */
public final class Result {
  private static final Logger log = LoggerFactory.getLogger(Result.class);

  private final Outcome outcome;
  private final int published;
  private final @Nullable RunningExchange waiting;

  Result(Outcome outcome, int published, @Nullable RunningExchange waiting) {
    this.outcome = outcome;
    this.published = published;
    this.waiting = waiting;
  }

  /** The outcome that the chain has returned. */
  public Outcome outcome() {
    return outcome;
  }

  /** How many times the message was published to a channel. */
  public int published() {
    return published;
  }

  /** The exceptions that left a link, in order; only of a result that is not settled. */
  public List<Throwable> thrown() {
    return exchange().thrown();
  }

  public boolean settled() {
    return waiting == null;
  }

  /**
   * Answers the message once the broker has taken its publications, then passes the settled result
   * to {@code then}. The executor runs both. Returns at once.
   */
  public void settle(Executor executor, Consumer<Result> then) {
    var exchange = exchange();
    exchange
        .underWay()
        .whenComplete((taken, failure) ->
            executor.execute(() -> {
              var known = failure == null ? outcome : refusal(failure);
              try {
                exchange.pipeline().end(exchange, known);
              } finally { // the connection's next message must run even if the reply throws
                // message
                then.accept(new Result(known, exchange.published(), null));
              }
            }));
  }

  /**
   * Waits on the calling thread, which must be allowed to block, until the broker has taken the
   * message's publications. Then answers the message.
   */
  public Result await() {
    if (settled()) {
      return this;
    }
    var exchange = exchange();
    return exchange.pipeline().end(exchange, awaitPublications());
  }

  /** Returns the exchange, which the result keeps until it is settled. */
  RunningExchange exchange() {
    return Objects.requireNonNull(waiting);
  }

  /**
   * Waits until the broker has taken the publications. If the broker refuses one, its refusal
   * replaces the outcome.
   */
  Outcome awaitPublications() {
    var underWay = exchange().underWay();
    if (underWay.equals(Broker.TAKEN)) {
      return outcome;
    }
    try {
      underWay.toCompletableFuture().join();
      return outcome;
      // the broker may throw anything, even a checked exception or one whose methods throw
    } catch (Throwable e) {
      return refusal(e);
    }
  }

  private static Outcome refusal(Throwable failure) {
    var cause = Loggable.ofStage(failure);
    if (cause instanceof RefusedException refused) {
      return refused.refusal();
    }
    log.error("the broker failed to take a publication", Loggable.of(cause));
    return Outcome.refused(503, "the broker has not taken the message");
  }
}
