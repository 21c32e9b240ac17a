package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.internal.chain.ConnectionHooks;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.version.Generation;
import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Budget.Part;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection's messages in order and runs one exchange at a time; the session owns it. An
 * exchange that may block runs on a virtual thread, any other on the event loop.
 *
 * <p>If too many messages wait, or too many replies wait for the client, the server stops reading
 * the socket. Waiting messages count against the server's {@link Budget}.
 *
 * <p>Confined to the connection's event loop. A virtual thread returns to it before the next
 * exchange starts, so replies keep the order of the messages.
 */
final class InboundQueue implements FrameHandler.Receiver, ExchangeRunner.Caller {
  private static final Logger log = LoggerFactory.getLogger(InboundQueue.class);

  private static final byte[] NOTHING = {};

  private final Session session;
  private final OutboundQueue outbound;
  private final ServerContext server;
  private final EventLoopContext loop;
  private final Budget budget;
  private final ExchangeRunner runner;

  /** The messages that wait; null while the queue is empty. */
  private @Nullable ArrayDeque<Frame> waiting;

  private long waitingBytes;
  private boolean busy;

  /** Whether an exchange of this connection is on the event loop's stack. */
  private boolean runsHere;

  private boolean paused;
  private boolean ended;

  /**
   * The number of the latest requested round of updates. The connection is up to date once {@link
   * #updated} has reached it.
   */
  private int updateDue;

  /**
   * The number of the last round of updates that this connection has finished, see {@link
   * #mustBegin}. Any thread reads it.
   */
  private volatile int updated;

  /** Whether the filters have to review the connection before its next message runs. */
  private boolean reviewDue;

  /**
   * The number of the generation whose links know of the connection. The thread that runs the
   * connection's exchange or hooks uses it.
   */
  private int servedBy;

  private int malformedInARow;
  private @Nullable Runnable whenIdle;

  InboundQueue(
      Session session, OutboundQueue outbound, ServerContext server, EventLoopContext loop) {
    this.session = session;
    this.outbound = outbound;
    this.server = server;
    this.loop = loop;
    this.budget = server.budget();
    this.runner = new ExchangeRunner(server, loop, loop.index, session, this);
  }

  /** Runs the filters' {@code onOpen} before the first message. */
  void open() {
    var generation = server.generations().pin(loop.index);
    servedBy = generation.pipeline().generation();
    if (generation.pipeline().hooks().watchesOpen()) {
      busy = true;
      server.threads().execute(() -> openOnVirtualThread(generation));
    } else {
      openWith(generation); // no filter is called
      generation.unpin(loop.index);
    }
  }

  /**
   * Lets links leave and join the connection, and filters review it, at once or after the running
   * exchange.
   *
   * @param round the number that {@link #updated} shows afterwards; 0 for a review alone
   */
  void update(boolean review, int round) {
    if (!ended && !outbound.closing()) {
      updateDue = Math.max(updateDue, round);
      reviewDue |= review;
      if (!busy) {
        next();
      }
    }
  }

  int updated() {
    return updated;
  }

  /**
   * Receives a message from the client. It starts the message's exchange, or queues the message.
   */
  @Override
  public void receive(Message.Format format, byte[] payload, boolean compressed) {
    if (ended || whenIdle != null || outbound.closing()) {
      return;
    }
    if (!busy && waiting == null && !outbound.backlogged()) {
      start(format, payload, compressed);
    } else {
      enqueue(new Frame(format, payload, compressed, false));
    }
  }

  /** Queues a message. If the server is short of memory, a refusal takes the message's place. */
  private void enqueue(Frame frame) {
    var kept = frame;
    if (!budget.take(Part.RECEIVED, kept.bytes())) {
      kept = new Frame(frame.format, NOTHING, false, true);
      if (!budget.take(Part.RECEIVED, kept.bytes())) {
        drop();
        session.shortOfMemory();
        return;
      }
    }
    if (waiting == null) {
      waiting = new ArrayDeque<>();
    }
    waiting.add(kept);
    waitingBytes += kept.bytes();
    var greedy = waitingBytes > budget.share();
    var limits = server.limits();
    if (greedy || outbound.backlogged() || full(limits.waitingMessages(), limits.waitingBytes())) {
      if (greedy && !paused) {
        server.counters().memoryPauses.increment();
      }
      pause(true);
    }
  }

  private void drop() {
    waiting = null;
    budget.add(Part.RECEIVED, -waitingBytes);
    waitingBytes = 0;
  }

  /** Continues with waiting messages, now that the client has taken some of its replies. */
  void onWritable() {
    if (!busy && !ended && (waiting != null || paused)) {
      loop.offer(() -> {
        if (!busy && !ended) {
          next();
        }
      });
    }
  }

  /** Accepts no more messages, and runs {@code then} after the last exchange. */
  void finish(Runnable then) {
    if (busy || waiting != null) {
      whenIdle = then;
    } else {
      then.run();
    }
  }

  /**
   * Drops waiting messages after the connection was closed. The filters' {@code onClose} runs after
   * the last exchange.
   */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    drop();
    whenIdle = null;
    if (!busy) {
      runOnClose();
    }
  }

  private void start(Message.Format format, byte[] payload, boolean compressed) {
    var plain = compressed ? session.expand(format, payload) : payload;
    if (plain == null) {
      return; // the connection is closing
    }
    Message message;
    try {
      message = server.reader().read(plain, format);
    } catch (ProtocolException e) {
      malformed(format, e);
      return;
    }
    malformedInARow = 0;
    runsHere = true;
    try {
      runner.run(message);
    } finally {
      runsHere = false;
    }
  }

  /** Whether the event loop runs an exchange of this connection right now. */
  boolean runsHere() {
    return runsHere;
  }

  /** Whether an exchange of this connection is under way, here or on a virtual thread. */
  boolean runs() {
    return runsHere || busy;
  }

  /**
   * Whether links of an older chain have to leave the connection, or new ones to join it. If no
   * link has a method for that, the connection is brought to the chain at once.
   */
  @Override
  public boolean mustBegin(Pipeline pipeline) {
    return servedBy != pipeline.generation() && mustUpdate(pipeline);
  }

  private boolean mustUpdate(Pipeline pipeline) {
    var hooks = pipeline.hooks();
    var nothing = (!session.hasAttributes() && !hooks.takePart()) || hooks.upToDate(session);
    if (nothing) {
      servedBy = pipeline.generation();
    }
    return !nothing;
  }

  @Override
  public Runnable runOnVirtualThread(Pipeline pipeline, Message message) {
    session.handoff.runsOn(Thread.currentThread());
    try {
      if (servedBy != pipeline.generation() && (!updated(pipeline) || !session.open())) {
        return () -> {}; // the connection is closed, perhaps by onJoin
      }
      return pipeline.runOnVirtualThread(session, message, server);
    } finally {
      session.handoff.runsOn(null);
    }
  }

  @Override
  public void continued() {
    busy = true;
  }

  /** Does nothing, because the pipeline has already sent the replies to the session. */
  @Override
  public void answer(Generation generation, Result result) {}

  @Override
  public void refuse(Message message) {
    refuse(Message.builder(message.command()).format(message.format()), message.header("id"));
  }

  @Override
  public void fail(Throwable thrown) {
    log.error("an exchange failed connection={}", session.id(), Loggable.of(thrown));
    session.close(CloseStatus.FAILED);
  }

  @Override
  public void ended() {
    next();
  }

  private void openOnVirtualThread(Generation generation) {
    session.handoff.runsOn(Thread.currentThread());
    try {
      openWith(generation);
    } finally {
      session.handoff.runsOn(null);
      generation.unpin(loop.index);
      loop.offer(this::next);
    }
  }

  /** Starts an update or a review; returns false if there is nothing to call. */
  private boolean beginUpdate() {
    var review = reviewDue;
    var round = updateDue;
    reviewDue = false;
    var generation = server.generations().pin(loop.index);
    var pipeline = generation.pipeline();
    if (mustBegin(pipeline) || (review && pipeline.hooks().reviews())) {
      try {
        server.threads().execute(() -> updateOnVirtualThread(generation, review, round));
        busy = true;
        return true;
      } catch (RejectedExecutionException e) {
        log.debug("the server is closed before an update connection={}", session.id());
      }
    }
    generation.unpin(loop.index);
    updated = round;
    return false;
  }

  private void updateOnVirtualThread(Generation generation, boolean review, int round) {
    try {
      var hooks = generation.pipeline().hooks();
      if (updatedAlone(generation.pipeline()) && review && hooks.reviews() && session.open()) {
        hooks.review(session, server.generations().hookCalls()).ifPresent(this::reviewAfter);
      }
    } finally {
      updated = round;
      generation.unpin(loop.index);
      loop.offer(this::next);
    }
  }

  private boolean updatedAlone(Pipeline pipeline) {
    session.handoff.runsOn(Thread.currentThread());
    try {
      return updated(pipeline);
    } finally {
      session.handoff.runsOn(null);
    }
  }

  /**
   * Brings the connection to this chain if it is not there yet. Virtual thread.
   *
   * @return false if a filter failed, so that the connection is closed
   */
  private boolean updated(Pipeline pipeline) {
    if (servedBy == pipeline.generation()) {
      return true;
    }
    try {
      var calls = server.generations().hookCalls();
      if (pipeline.hooks().update(session, calls, session.handoff::runsOn)) {
        return true;
      }
      session.close(CloseStatus.FAILED);
      return false;
    } finally {
      servedBy = pipeline.generation();
    }
  }

  /** Reviews the connection again after a pause. All threads may call this method. */
  private void reviewAfter(Duration delay) {
    try {
      loop.executor.schedule(() -> update(true, 0), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // the server is closed
    }
  }

  private void next() {
    busy = false;
    if ((updateDue != updated || reviewDue) && !ended && !outbound.closing() && beginUpdate()) {
      return;
    }
    while (!busy && waiting != null && !outbound.backlogged()) {
      var frame = outbound.closing() ? null : waiting.poll();
      if (frame == null) {
        drop();
      } else {
        waitingBytes -= frame.bytes();
        budget.add(Part.RECEIVED, -frame.bytes());
        if (frame.refused) {
          refuse(Message.builder("error").format(frame.format), Optional.empty());
        } else {
          start(frame.format, frame.payload, frame.compressed);
        }
      }
    }
    var limits = server.limits();
    if (!outbound.backlogged()
        && waitingBytes <= budget.share()
        && !full(limits.waitingMessages() / 2, limits.waitingBytes() / 2)) {
      pause(false);
    }
    if (busy) {
      return;
    }
    if (ended) {
      runOnClose();
    } else if (whenIdle != null && waiting == null) {
      whenIdle.run();
    }
  }

  private boolean full(int messages, long bytes) {
    return waiting != null && (waiting.size() >= messages || waitingBytes >= bytes);
  }

  private void openWith(Generation generation) {
    if (!generation.pipeline().hooks().open(session)) {
      session.close(CloseStatus.FAILED);
    }
  }

  private void runOnClose() {
    var generation = server.generations().pin(loop.index);
    if (watchesClose(generation.pipeline().hooks())) {
      try {
        server.threads().execute(() -> runOnCloseWith(generation));
        return;
      } catch (RejectedExecutionException e) {
        log.debug("the server is closed before onClose has run connection={}", session.id());
      }
    }
    afterOnClose(generation);
  }

  private boolean watchesClose(ConnectionHooks hooks) {
    return hooks.watchesEachClose() || (session.hasAttributes() && hooks.watchesCloseOf(session));
  }

  private void runOnCloseWith(Generation generation) {
    try {
      generation.pipeline().hooks().close(session);
    } finally {
      afterOnClose(generation);
    }
  }

  private void afterOnClose(Generation generation) {
    generation.unpin(loop.index);
    session.onEnded();
  }

  private void refuse(Message.Builder refusal, Optional<String> id) {
    server.counters().memoryRefusals.increment();
    id.ifPresent(i -> refusal.header("id", i));
    session.send(
        refusal
            .header("status", "503")
            .header("error", Budget.REFUSAL)
            .header("retry-after", "1")
            .build());
  }

  private void malformed(Message.Format format, ProtocolException e) {
    server.counters().malformed.increment();
    session.send(
        Message.builder("error")
            .format(format)
            .header("status", Integer.toString(e.status()))
            .header("error", e.getMessage())
            .build());
    if (++malformedInARow >= server.limits().malformedMessages()) {
      session.close(CloseStatus.MALFORMED);
    }
  }

  private void pause(boolean pause) {
    if (paused != pause) {
      paused = pause;
      session.read(!pause);
    }
  }

  /**
   * A waiting message as it was received.
   *
   * @param refused whether the message was replaced by a refusal, because the server had no memory
   *     for it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Frame(Message.Format format, byte[] payload, boolean compressed, boolean refused) {
    /** The estimated memory of a waiting message in bytes, beyond its payload. */
    private static final int OVERHEAD = 128;

    int bytes() {
      return payload.length + OVERHEAD;
    }
  }
}
