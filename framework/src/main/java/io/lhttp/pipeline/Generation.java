package io.lhttp.pipeline;

import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.pubsub.Broker;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline and who still uses it. It is over once it is retired and its last pin is gone.
 *
 * <p>Pins are counted per stripe: a stripe belongs to one event loop, so that loops do not fight
 * for one counter. A pin is taken off the stripe that it was put on; hence no stripe is ever
 * negative, and once a retired generation's stripe was seen at zero, it stays there.
 */
public final class Generation {
  private static final Logger log = LoggerFactory.getLogger(Generation.class);

  /** Longs per stripe: a cache line, twice, for the prefetcher. */
  private static final int SPREAD = 16;

  /** What a stripe counts, by the place in it. */
  private static final int PINS = 0;

  private static final int MESSAGES = 1;
  private static final int FAILED = 2;

  /** Refusals from here on are the server's fault. */
  private static final int SERVER_FAILED = 500;

  private final Pipeline pipeline;
  private final List<Instance> instances;
  private final AtomicLongArray counts;
  private final AtomicBoolean over = new AtomicBoolean();
  private final Consumer<Generation> onOver;
  private volatile boolean retired;

  /**
   * @param onOver told once, by whoever takes the last pin: an event loop perhaps
   */
  Generation(
      Pipeline pipeline, List<Instance> instances, int stripes, Consumer<Generation> onOver) {
    this.pipeline = pipeline;
    this.instances = instances;
    this.counts = new AtomicLongArray(stripes * SPREAD);
    this.onOver = onOver;
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /**
   * Runs a message through the pipeline, answers it, and counts what became of it. Where that is
   * not {@link Result#settled}, {@link #settle} or {@link #await} has to follow, before the
   * generation is unpinned. Throws nothing.
   *
   * @param stripe on which the generation is pinned for this message
   * @param slot the event loop's, or null on a thread that may wait
   */
  public Result run(
      int stripe,
      Connection connection,
      Message message,
      Publisher publisher,
      BlockWatch.@Nullable Slot slot) {
    var result = pipeline.run(connection, message, publisher, slot);
    if (result.settled()) {
      count(stripe, result);
    }
    return result;
  }

  /**
   * Settles a result without waiting: once it is known what becomes of the publications, the
   * message is answered, and the result handed on, both on {@code home}.
   */
  public void settle(Result result, int stripe, Executor home, Consumer<Result> then) {
    var exchange = result.waiting();
    exchange
        .underWay()
        .whenComplete((taken, failure) ->
            home.execute(() -> then.accept(end(exchange, result.outcome(), failure, stripe))));
  }

  /** The same for a thread that may wait. */
  public Result await(Result result, int stripe) {
    if (result.settled()) {
      return result;
    }
    var exchange = result.waiting();
    return end(exchange, result.outcome(), failure(exchange), stripe);
  }

  /**
   * Runs a message through the pipeline on a thread that may wait, which it does until it is known
   * what becomes of the publications. Throws nothing.
   *
   * @return what is left to do, on the connection's event loop: answers the message, and counts
   *     what became of it
   */
  public Runnable runAside(
      int stripe, Connection connection, Message message, Publisher publisher) {
    var result = pipeline.begin(connection, message, publisher, null);
    var exchange = result.waiting();
    var failure = result.outcome() instanceof Outcome.Done ? failure(exchange) : null;
    return () -> end(exchange, result.outcome(), failure, stripe);
  }

  /** Waits for what was published; why it was not taken, or null. */
  private static @Nullable Throwable failure(RunningExchange exchange) {
    if (exchange.underWay().equals(Broker.TAKEN)) {
      return null;
    }
    try {
      exchange.underWay().toCompletableFuture().join();
      return null;
    } catch (CompletionException | CancellationException e) {
      return e;
    }
  }

  private Result end(
      RunningExchange exchange, Outcome outcome, @Nullable Throwable failure, int stripe) {
    var result = pipeline.end(exchange, failure == null ? outcome : refusal(failure));
    count(stripe, result);
    return result;
  }

  private static Outcome refusal(Throwable failure) {
    var cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RefusedException refused) {
      return refused.refusal();
    }
    log.error("the broker has failed to take a publication", cause);
    return Outcome.refused(503, "the broker has not taken the message");
  }

  private void count(int stripe, Result result) {
    counts.incrementAndGet(stripe * SPREAD + MESSAGES);
    if (result.outcome() instanceof Outcome.Refused refused && refused.status() >= SERVER_FAILED) {
      counts.incrementAndGet(stripe * SPREAD + FAILED);
    }
  }

  Tally tally() {
    var messages = 0L;
    var failed = 0L;
    for (var i = 0; i < counts.length(); i += SPREAD) {
      messages += counts.get(i + MESSAGES);
      failed += counts.get(i + FAILED);
    }
    return new Tally(messages, failed);
  }

  /** Ends what {@link Generations#pin} began, on the same stripe; any thread may do so. */
  public void unpin(int stripe) {
    counts.decrementAndGet(stripe * SPREAD + PINS);
    if (retired) {
      endIfUnused();
    }
  }

  void pin(int stripe) {
    counts.incrementAndGet(stripe * SPREAD + PINS);
  }

  boolean pinned(int stripe) {
    return counts.get(stripe * SPREAD + PINS) != 0;
  }

  void retire() {
    retired = true;
    endIfUnused();
  }

  /** At the deadline: whoever still runs in it runs on, but its links are closed. */
  void end() {
    if (over.compareAndSet(false, true)) {
      onOver.accept(this);
    }
  }

  List<Instance> instances() {
    return instances;
  }

  private void endIfUnused() {
    for (var i = 0; i < counts.length(); i += SPREAD) {
      if (counts.get(i + PINS) != 0) {
        return;
      }
    }
    end();
  }
}
