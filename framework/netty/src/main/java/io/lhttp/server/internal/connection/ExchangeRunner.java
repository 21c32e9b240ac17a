package io.lhttp.server.internal.connection;

import io.lhttp.Connection;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.version.Generation;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Budget.Part;

/**
 * Runs the messages of one connection through the chain, over WebSocket and HTTP alike. The inbound
 * queue or the publish request owns it. Confined to the event loop, except for the part that runs
 * on a virtual thread.
 *
 * <p>For each message it pins the running generation and chooses between the event loop and a
 * virtual thread. Once the message is answered or has failed, it releases the pin and the message's
 * bytes in the budget.
 */
public final class ExchangeRunner {
  /**
   * The part of an exchange that differs between WebSocket and HTTP. The event loop calls all
   * methods but {@link #runOnVirtualThread}, which a virtual thread calls.
   */
  public interface Caller {
    /**
     * Whether links' methods for the connection have to run before the message. {@link
     * #runOnVirtualThread} runs them.
     */
    boolean mustBegin(Pipeline pipeline);

    /** Runs the exchange on a virtual thread; the event loop runs the returned answer. */
    Runnable runOnVirtualThread(Pipeline pipeline, Message message);

    /**
     * Called if the exchange is not over when {@link #run} returns; {@link #ended} follows later.
     */
    void continued();

    /**
     * Called with the result of an exchange that ran on the event loop. The generation is still
     * pinned.
     */
    void answer(Generation generation, Result result);

    /** Called if the server has no memory for the exchange. The chain has not run. */
    void refuse(Message message);

    /** Called if the server itself has failed. The message may have no answer. */
    void fail(Throwable thrown);

    /** Called when an exchange is over for which {@link #continued} was called. */
    void ended();
  }

  private final ServerContext server;
  private final EventLoopContext loop;
  private final int stripe;
  private final Connection connection;
  private final Caller caller;

  /**
   * @param stripe the stripe of the counters on which exchanges pin a generation
   */
  public ExchangeRunner(
      ServerContext server,
      EventLoopContext loop,
      int stripe,
      Connection connection,
      Caller caller) {
    this.server = server;
    this.loop = loop;
    this.stripe = stripe;
    this.connection = connection;
    this.caller = caller;
  }

  /** Runs a message. The previous message's exchange has to be over. */
  public void run(Message message) {
    var generation = server.generations().pin(stripe);
    var pipeline = generation.pipeline();
    if (caller.mustBegin(pipeline) || pipeline.mayBlock(message)) {
      startOnVirtualThread(generation, message);
    } else {
      runOnEventLoop(generation, message);
    }
  }

  private void runOnEventLoop(Generation generation, Message message) {
    try {
      var result = generation.pipeline().run(connection, message, server, loop.slot);
      if (!result.settled()) {
        settleLater(generation, message, result);
        return;
      }
      caller.answer(generation, result);
    } catch (Throwable thrown) {
      caller.fail(thrown);
    }
    generation.unpin(stripe);
  }

  /** Answers the message once the broker has taken its publications. */
  private void settleLater(Generation generation, Message message, Result result) {
    var cost = Budget.exchange(message.size());
    result.settle(
        loop::offer,
        settled -> {
          server.budget().add(Part.EXCHANGES, -cost);
          end(generation, () -> caller.answer(generation, settled));
        });
    server.budget().add(Part.EXCHANGES, cost);
    caller.continued();
  }

  private void startOnVirtualThread(Generation generation, Message message) {
    var cost = Budget.exchange(message.size());
    if (!server.budget().take(Part.EXCHANGES, cost)) {
      generation.unpin(stripe);
      caller.refuse(message);
      return;
    }
    try {
      server.threads().execute(() -> runOnVirtualThread(generation, message, cost));
    } catch (Throwable thrown) { // the server is closed
      server.budget().add(Part.EXCHANGES, -cost);
      generation.unpin(stripe);
      caller.fail(thrown);
      return;
    }
    caller.continued();
  }

  /**
   * Runs an exchange on a virtual thread. Its answer and its end are one task of the event loop,
   * which saves a wake-up.
   */
  private void runOnVirtualThread(Generation pinned, Message message, long cost) {
    var generation = stillOpen(pinned);
    Runnable answer;
    try {
      answer = caller.runOnVirtualThread(generation.pipeline(), message);
    } catch (Throwable thrown) {
      answer = () -> caller.fail(thrown);
    }
    server.budget().add(Part.EXCHANGES, -cost);
    var last = answer;
    if (!loop.offerWithOthers(() -> end(generation, last))) {
      generation.unpin(stripe);
    }
  }

  /**
   * Returns the generation, or the running one if the links were closed while the exchange waited
   * for a carrier.
   */
  private Generation stillOpen(Generation pinned) {
    if (!pinned.over()) {
      return pinned;
    }
    var running = server.generations().pin(stripe);
    pinned.unpin(stripe);
    return running;
  }

  private void end(Generation generation, Runnable answer) {
    try {
      answer.run();
    } catch (Throwable thrown) {
      caller.fail(thrown);
    } finally {
      generation.unpin(stripe);
      caller.ended();
    }
  }
}
