package io.lhttp.server.internal.connection;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Handshake;
import io.lhttp.HistoryRequest;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.Subscriptions;
import io.lhttp.internal.chain.ReplySink;
import io.lhttp.internal.measure.CountedConnection;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.lhttp.revocation.Verdict;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.KeptMemory;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.lhttp.tracing.TraceContext;
import io.netty.channel.Channel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection, as filters and processors see it. The event loop creates it after the
 * handshake, and it ends once its socket is closed and all {@code onClose} have run.
 *
 * <p>All threads may call the methods of {@link Connection}. Each collaborator has one task:
 *
 * <ul>
 *   <li>{@link InboundQueue}: the client's messages, one exchange at a time;
 *   <li>{@link OutboundQueue}: replies and deliveries until the socket takes them;
 *   <li>{@link OutboundHandoff}: messages that other threads send;
 *   <li>{@link SessionSubscriptions}: the channels;
 *   <li>{@link CloseTimers}: closes at a later time;
 *   <li>{@link HeartbeatEntry}: signs of life.
 * </ul>
 */
public final class Session
    implements Connection, CountedConnection, ReplySink, ServerTracing.Traced {
  /** Scripts' values in attributes are counted in steps of 1 KiB, so that few changes count. */
  private static final long STEP = 1024;

  private final ServerContext server;
  public final Channel channel;
  private final EventLoopContext loop;
  private final String id;
  private final Handshake handshake;

  /** The number of bytes that {@link KeptMemory} counts for the handshake. */
  private final long handshakeBytes;

  private final InboundQueue inbound;
  final OutboundQueue outbound;
  final OutboundHandoff handoff;
  private final SessionSubscriptions subscriptions;
  private final CloseTimers closeTimers;
  final HeartbeatEntry heartbeat;

  /** Written while the lock of {@link #subscriptions} is held. */
  private volatile Principal principal = Principal.ANONYMOUS;

  /** Created at the first use. The lock of this object guards the creation. */
  private volatile @Nullable Attributes attributes;

  /**
   * The number of bytes that {@link KeptMemory} counts for scripts' values in the attributes. Only
   * the attributes change it, under their lock.
   */
  private volatile long attributeBytes;

  private volatile boolean open = true;
  private final long since = System.currentTimeMillis();

  /**
   * The number of the window in which this client was counted last. A plain field, because a
   * connection's messages run one after the other.
   */
  private int window;

  public Session(
      ServerContext server,
      Channel channel,
      EventLoopContext loop,
      Handshake handshake,
      boolean compress) {
    this.server = server;
    this.channel = channel;
    this.loop = loop;
    this.id = server.ids().next();
    this.handshake = handshake;
    this.handshakeBytes = KeptMemory.ofHandshake(handshake);
    this.outbound = new OutboundQueue(channel, loop, server.limits(), server.counters(), compress);
    this.inbound = new InboundQueue(this, outbound, server, loop);
    this.handoff = new OutboundHandoff(this, outbound, server, loop);
    this.subscriptions = new SessionSubscriptions(this, outbound, server, loop);
    this.closeTimers = new CloseTimers(this, loop);
    this.heartbeat = new HeartbeatEntry(this);
  }

  /** Called after the handshake, on the event loop. */
  void onOpened() {
    server.sessions().add(this);
    loop.heartbeat.add(heartbeat);
    server.counters().opened.increment();
    server.budget().kept().add(handshakeBytes);
    inbound.open();
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Handshake handshake() {
    return handshake;
  }

  @Override
  public boolean fromTrustedProxy() {
    return Peer.of(channel).trusted();
  }

  @Override
  public boolean proxied() {
    return false; // a message's own header is the client's, however it has connected
  }

  @Override
  public Optional<TraceContext> handshakeSpan() {
    return ServerTracing.handshakeOf(channel);
  }

  @Override
  public ConnectionExecutor executor() {
    return loop;
  }

  public EventLoopContext loop() {
    return loop;
  }

  /** The time when the connection was opened. */
  public Instant since() {
    return Instant.ofEpochMilli(since);
  }

  /** Whether the connection is subscribed to a channel. All threads may call this method. */
  public boolean subscribed(String channel) {
    return subscriptions.subscribed(channel);
  }

  /**
   * Subscribes on behalf of the server's code, and tells the client. All threads may call this
   * method.
   */
  public void subscribeByServer(List<String> channels, Optional<HistoryRequest> history) {
    subscriptions.subscribeByServer(channels, history);
  }

  /** Ends a subscription on behalf of the server's code, and tells the client. */
  public void endSubscription(String channel) {
    subscriptions.endByServer(channel);
  }

  @Override
  public Attributes attributes() {
    var a = attributes;
    if (a == null) {
      synchronized (this) {
        a = attributes;
        if (a == null) {
          a = new Attributes(this::countAttributes);
          attributes = a;
        }
      }
    }
    return a;
  }

  /**
   * Removes references to replaced classes from the attributes, see {@link Attributes#release}. All
   * threads may call this method.
   */
  public void release(Predicate<ClassLoader> ended) {
    var known = attributes;
    if (known != null) {
      known.release(ended);
    }
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {
    var another = !this.principal.name().equals(principal.name());
    if (another) {
      server.revocations().requireKnown(principal.name());
    }
    change(principal);
    if (another) {
      // checked behind the change: a block after this check finds the user at this connection
      requireNotBlocked();
    }
  }

  private void requireNotBlocked() {
    try {
      server.revocations().requireNotBlocked(principal.name());
    } catch (RefusedException e) {
      close(Verdict.BLOCKED.close());
      throw e;
    }
  }

  private void change(Principal principal) {
    synchronized (
        subscriptions) { // no channel is joined between the change and its report to the broker
      var before = this.principal;
      this.principal = principal;
      if (before.equals(principal)) {
        return;
      }
      if (!before.name().equals(principal.name())) {
        subscriptions.rejoin();
      }
      if (!subscriptions.anyAsked()) {
        return;
      }
    }
    review();
  }

  /**
   * Lets the filters review this connection before its next message. All threads may call this
   * method.
   */
  public void review() {
    loop.offer(() -> inbound.update(true, 0));
  }

  /**
   * Brings this connection to the running chain before its next message: replaced links leave, new
   * ones join. All threads may call this method.
   *
   * @param review whether the filters review it afterwards
   * @param round the number that {@link #updated} shows then; higher than all before
   */
  public void update(boolean review, int round) {
    loop.offer(() -> inbound.update(review, round));
  }

  /** The round of the latest {@link #update} that is done, for all threads. */
  public int updated() {
    return inbound.updated();
  }

  /** Whether the attributes were created. All threads may call this method. */
  boolean hasAttributes() {
    return attributes != null;
  }

  @Override
  public boolean rememberWindow(int window) {
    var before = this.window == window;
    this.window = window;
    return before;
  }

  /** The receiver of the client's messages. */
  public FrameHandler.Receiver receiver() {
    return inbound;
  }

  /**
   * Expands a message's payload. Returns null if the payload was malformed or too long, and the
   * connection is being closed. Called on the event loop.
   */
  public byte @Nullable [] expand(Message.Format format, byte[] payload) {
    try {
      var plain = loop.deflate.inflate(payload, server.limits().messageBytes());
      if (format == Message.Format.BINARY || Utf8.valid(plain, 0, plain.length)) {
        return plain;
      }
      fail(CloseStatus.MALFORMED.because("not UTF-8"));
    } catch (DataFormatException e) {
      fail(CloseStatus.MALFORMED.because("not compressed as agreed"));
    } catch (Deflate.TooLongException e) {
      fail(CloseStatus.TOO_BIG);
    }
    return null;
  }

  /**
   * Starts or stops reading the socket, which counts as a sign of life: a client can't give one
   * while the socket is not read.
   */
  void read(boolean read) {
    FrameDecoder.read(channel, read);
    heartbeat.signOfLife();
  }

  /** Called on the event loop when all frames of one read of the socket are handled. */
  void readComplete() {
    loop.flushPublished();
  }

  @Override
  public void send(Message message) {
    if (!loop.executor.inEventLoop()) {
      if (open()) {
        handoff.send(message);
      }
    } else if (inbound.runsHere()) {
      outbound.reply(message);
    } else {
      outbound.send(message);
    }
  }

  @Override
  public void reply(Message message) {
    if (!loop.executor.inEventLoop()) {
      if (open()) {
        handoff.reply(message);
      }
    } else if (inbound.runs()) {
      outbound.reply(message);
    } else {
      outbound.send(message);
    }
  }

  @Override
  public long queuedBytes() {
    return handoff.bytes() + outbound.bytes();
  }

  /** Called on the event loop when the client has taken some of the sent bytes. */
  void onWritable() {
    if (outbound.full()) {
      return;
    }
    outbound.onWritable();
    heartbeat.signOfLife();
    handoff.wake();
    inbound.onWritable();
  }

  @Override
  public Subscriptions subscriptions() {
    return subscriptions;
  }

  @Override
  public boolean open() {
    return open && !outbound.closing();
  }

  @Override
  public void close(CloseStatus code) {
    if (loop.executor.inEventLoop()) {
      outbound.close(code);
    } else {
      loop.offer(() -> outbound.close(code));
    }
    open = false; // set last, so that earlier messages of this thread are still sent
  }

  @Override
  public Deadline closeAfter(Duration delay, CloseStatus code) {
    return closeTimers.start(delay, code);
  }

  /**
   * Accepts no more messages, lets those that have arrived run, then closes the connection. All
   * threads may call this method.
   */
  public void drain(CloseStatus code) {
    loop.offer(() -> inbound.finish(() -> outbound.close(code)));
  }

  /** Closes the connection because of an error in the client's frames. Called on the event loop. */
  void fail(CloseStatus code) {
    outbound.fail(code);
    open = false;
    FrameHandler.discardInbound(channel.pipeline());
    FrameDecoder.discard(channel);
  }

  /** Closes the connection because the server is short of memory. Called on the event loop. */
  void shortOfMemory() {
    if (!outbound.closing()) {
      server.counters().memoryCloses.increment();
      fail(CloseStatus.BUSY);
    }
  }

  /**
   * Closes the connection because the client reads too slowly. All threads may call this method.
   */
  void tooSlow() {
    open = false; // so that the thread's next messages do not cause another close
    loop.offer(outbound::tooSlow);
  }

  /**
   * Closes the connection because its replies need too much of the server's memory. All threads may
   * call this method.
   */
  void repliesTooLong() {
    open = false; // so that the thread's next replies do not cause another close
    loop.offer(outbound::shortOfMemory);
  }

  /** Closes the socket without a close frame. All threads may call this method. */
  public void abort() {
    channel.close();
  }

  /** Releases all resources after the socket was closed. Called on the event loop. */
  void onClosed() {
    open = false;
    loop.heartbeat.remove(heartbeat);
    server.counters().closed.increment();
    server.budget().kept().add(-handshakeBytes);
    attributes().stopCounting(); // created if they are not, so that none count later
    closeTimers.cancel();
    outbound.release();
    subscriptions.end();
    inbound.end();
  }

  /** Counts the memory of scripts' values in the attributes, in steps of {@link #STEP}. */
  private void countAttributes(long bytes) {
    var now = Math.ceilDiv(bytes, STEP) * STEP;
    var more = now - attributeBytes;
    if (more == 0) {
      return;
    }
    if (more > 0) {
      requireMemory(0, more);
    }
    server.budget().kept().add(more);
    attributeBytes = now;
  }

  /**
   * Checks that the connection may keep more bytes of the server's memory.
   *
   * @param others the bytes that it keeps beyond its handshake and its attributes
   * @throws RefusedException 503 if it may not
   */
  void requireMemory(long others, long more) {
    if (!server.budget().kept().allows(handshakeBytes + attributeBytes + others, more)) {
      server.counters().memoryRefusals.increment();
      throw new RefusedException(
          Outcome.refused(503, Budget.REFUSAL).retryAfter(Duration.ofSeconds(1)));
    }
  }

  /**
   * Called once the socket is closed, the last exchange has ended and all {@code onClose} have run.
   * All threads may call this method.
   */
  void onEnded() {
    server.sessions().remove(this);
  }

  /** Shows only the id, because the log must not contain a client's text. */
  @Override
  public String toString() {
    return "connection " + id;
  }
}
