package io.lhttp.internal.version;

import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.chain.Tally;
import io.lhttp.channel.Broker;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Publisher;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.chain.RunningExchange;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.Clients;
import io.lhttp.message.Message;
import java.util.List;
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

  /** Longs per stripe: a cache line, twice, for the prefetcher. The first one counts pins. */
  private static final int SPREAD = 16;

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
   * Runs a message through the pipeline and answers it. Where what became of it is not {@link
   * Result#settled}, {@link #settle} or {@link #await} has to follow, before the generation is
   * unpinned. Throws nothing.
   *
   * @param slot the event loop's, or null on a thread that may wait
   */
  public Result run(
      Connection connection, Message message, Publisher publisher, BlockWatch.@Nullable Slot slot) {
    return pipeline.run(connection, message, publisher, slot);
  }

  /**
   * Settles a result without waiting: once it is known what becomes of the publications, the
   * message is answered, and the result handed on, both on {@code home}.
   */
  public void settle(Result result, Executor home, Consumer<Result> then) {
    var exchange = result.waiting();
    exchange
        .underWay()
        .whenComplete((taken, failure) ->
            home.execute(() -> {
              var outcome = failure == null ? result.outcome() : refusal(failure);
              try {
                pipeline.end(exchange, outcome);
              } finally { // where answering throws, the connection's next message has its turn
                then.accept(new Result(outcome, exchange.published(), null));
              }
            }));
  }

  /** The same for a thread that may wait. */
  public Result await(Result result) {
    if (result.settled()) {
      return result;
    }
    var exchange = result.waiting();
    return end(exchange, result.outcome(), failure(exchange));
  }

  /**
   * Runs a message through the pipeline on a thread that may wait, which it does until it is known
   * what becomes of the publications. Throws nothing.
   *
   * @return what is left to do, on the connection's event loop: answers the message
   */
  public Runnable runOnVirtualThread(Connection connection, Message message, Publisher publisher) {
    var result = pipeline.begin(connection, message, publisher, null);
    var exchange = result.waiting();
    var failure = result.outcome() instanceof Outcome.Done ? failure(exchange) : null;
    return () -> end(exchange, result.outcome(), failure);
  }

  /** Waits for what was published; why it was not taken, or null. */
  private static @Nullable Throwable failure(RunningExchange exchange) {
    if (exchange.underWay().equals(Broker.TAKEN)) {
      return null;
    }
    try {
      exchange.underWay().toCompletableFuture().join();
      return null;
    } catch (RuntimeException | Error e) { // of the broker, or of a failure that can't be told
      return e;
    }
  }

  private Result end(RunningExchange exchange, Outcome outcome, @Nullable Throwable failure) {
    return pipeline.end(exchange, failure == null ? outcome : refusal(failure));
  }

  private static Outcome refusal(Throwable failure) {
    var inner = failure instanceof CompletionException ? failure.getCause() : null;
    var cause = inner == null ? failure : inner;
    if (cause instanceof RefusedException refused) {
      return refused.refusal();
    }
    log.error("the broker has failed to take a publication", Loggable.of(cause));
    return Outcome.refused(503, "the broker has not taken the message");
  }

  Clients clients() {
    return pipeline.clients();
  }

  /**
   * @param links whose failures count, as bits
   */
  Tally tally(long links) {
    return pipeline.clients().tally(links);
  }

  /** Ends what {@link Generations#pin} began, on the same stripe; any thread may do so. */
  public void unpin(int stripe) {
    counts.decrementAndGet(stripe * SPREAD);
    if (retired) {
      endIfUnused();
    }
  }

  void pin(int stripe) {
    counts.incrementAndGet(stripe * SPREAD);
  }

  boolean pinned(int stripe) {
    return counts.get(stripe * SPREAD) != 0;
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
      if (counts.get(i) != 0) {
        return;
      }
    }
    end();
  }
}
