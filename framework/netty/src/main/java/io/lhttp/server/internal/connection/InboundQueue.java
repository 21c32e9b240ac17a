package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
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
  private boolean paused;
  private boolean ended;

  /** Whether the filters have to review the connection before its next message runs. */
  private boolean reviewDue;

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
    if (generation.pipeline().hooks().watchesOpen()) {
      busy = true;
      server.threads().execute(() -> openOnVirtualThread(generation));
    } else {
      generation.unpin(loop.index);
    }
  }

  /** Runs the filters' {@code onReview} at once, or after the running exchange. */
  void review() {
    if (!ended && !outbound.closing()) {
      reviewDue = true;
      if (!busy) {
        next();
      }
    }
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
    runner.run(message);
  }

  @Override
  public Runnable runOnVirtualThread(Pipeline pipeline, Message message) {
    session.handoff.runsOn(Thread.currentThread());
    try {
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

  /** Starts a review; returns false if no filter has {@code onReview}. */
  private boolean beginReview() {
    reviewDue = false;
    var generation = server.generations().pin(loop.index);
    if (!generation.pipeline().hooks().reviews()) {
      generation.unpin(loop.index);
      return false;
    }
    busy = true;
    server.threads().execute(() -> reviewOnVirtualThread(generation));
    return true;
  }

  private void reviewOnVirtualThread(Generation generation) {
    try {
      generation.pipeline().hooks().review(session).ifPresent(this::reviewAfter);
    } finally {
      generation.unpin(loop.index);
      loop.offer(this::next);
    }
  }

  /** Reviews the connection again after a pause. All threads may call this method. */
  private void reviewAfter(Duration delay) {
    try {
      loop.executor.schedule(this::review, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // the server is closed
    }
  }

  private void next() {
    busy = false;
    if (reviewDue && !ended && !outbound.closing() && beginReview()) {
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
    if (generation.pipeline().hooks().watchesCloseOf(session)) {
      try {
        server.threads().execute(() -> runOnCloseWith(generation));
        return;
      } catch (RejectedExecutionException e) {
        log.debug("the server is closed before onClose has run connection={}", session.id());
      }
    }
    afterOnClose(generation);
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
