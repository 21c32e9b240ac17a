package io.lhttp.server.internal.connection;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionRequest;
import io.lhttp.Subscriptions;
import io.lhttp.channel.ChannelName;
import io.lhttp.internal.measure.Counted;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.lhttp.server.internal.fanout.IndexedBag;
import io.lhttp.server.internal.fanout.Replay;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.Subscriber;
import io.lhttp.server.internal.fanout.Subscription;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.netty.channel.Channel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection, as filters and processors see it. It owns the inbound and outbound
 * queue, which are confined to its event loop.
 *
 * <p>All threads may call the methods of {@link Connection}.
 */
public final class Session
    implements Connection, Subscriptions, Subscriber, Counted, IndexedBag.Member {
  private static final VarHandle IN_TRANSIT;

  static {
    try {
      IN_TRANSIT = MethodHandles.lookup().findVarHandle(Session.class, "inTransit", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ServerContext server;
  public final Channel channel;
  private final EventLoopContext loop;
  private final String id;
  private final Handshake handshake;
  private final OutboundQueue outbound;
  private final InboundQueue inbound;

  /** The estimated cost of a message on its way to the event loop, beside its bytes. */
  private static final long OVERHEAD = 256;

  /** The longest pause between two looks of a thread that waits for room. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Practically for ever, and within the range of a timer. */
  private static final Duration LONGEST_DELAY = Duration.ofDays(10_000);

  /** Bytes of other threads' messages that the event loop has not taken yet. */
  @SuppressWarnings("UnusedVariable") // accessed by its handle
  private volatile long inTransit;

  /** The virtual thread that runs this connection's exchange or {@code onOpen}. */
  private volatile @Nullable Thread runner;

  /** The same thread, while it waits for room. */
  private volatile @Nullable Thread waiter;

  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile boolean open = true;

  /** Timers of later closes; created when needed. Guarded by this. */
  private @Nullable List<Future<?>> deadlines;

  /** Created when needed. Guarded by this, for creation. */
  private volatile @Nullable Attributes attributes;

  /** By channel; null once the connection is closed. Guarded by this. */
  private @Nullable Map<String, Subscription> subscriptions = Map.of();

  /** Replays that wait for the client to read. Confined to the event loop. */
  private List<Replay> waitingReplays = List.of();

  /**
   * The last window in which this client was counted. A connection's messages run one after the
   * other.
   */
  private int window;

  // Used by the heartbeat, confined to the event loop.
  private int slot;
  private int place;
  private boolean heard = true;

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
    this.outbound = new OutboundQueue(channel, loop, server.limits(), server.counters(), compress);
    this.inbound = new InboundQueue(this, outbound, server, loop);
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
  public ConnectionExecutor executor() {
    return loop;
  }

  @Override
  public boolean counted(int window) {
    var before = this.window == window;
    this.window = window;
    return before;
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {
    synchronized (this) {
      var before = this.principal;
      this.principal = principal;
      if (subscriptions == null || before.equals(principal)) {
        return;
      }
      if (!before.name().equals(principal.name())) {
        subscriptions.keySet().forEach(channel -> server.hub().joined(this, channel));
      }
      if (subscriptions.values().stream().noneMatch(subscription -> subscription.asked)) {
        return;
      }
    }
    review();
  }

  /** Lets the filters review this connection before its next message. Any thread. */
  public void review() {
    loop.offer(inbound::review);
  }

  /** Lets the filters review this connection after a pause. */
  void reviewAfter(Duration delay) {
    try {
      loop.executor.schedule(inbound::review, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // the server is closed
    }
  }

  @Override
  public Attributes attributes() {
    var a = attributes;
    if (a == null) {
      synchronized (this) {
        a = attributes;
        if (a == null) {
          a = new Attributes();
          attributes = a;
        }
      }
    }
    return a;
  }

  @Override
  public void send(Message message) {
    if (loop.executor.inEventLoop()) {
      outbound.send(message);
    } else if (open()) {
      sendFromOtherThread(message);
    }
  }

  /**
   * Sends from another thread. The connection's own exchange waits for room; all other messages
   * have to fit.
   */
  private void sendFromOtherThread(Message message) {
    var size = message.size() + OVERHEAD;
    var own = Thread.currentThread().equals(runner);
    var fits =
        own ? awaitRoom(size) : (long) IN_TRANSIT.getVolatile(this) + size <= outbound.most();
    if (!fits) {
      open = false; // so that later messages do not report it again
      loop.offer(outbound::tooSlow);
      return;
    }
    transit(size);
    if (!loop.offer(
        () -> {
          outbound.send(message);
          transit(-size); // after the send, so that a waiting thread counts the bytes at least once
          wake();
        })) {
      transit(-size);
    }
  }

  private void transit(long bytes) {
    IN_TRANSIT.getAndAdd(this, bytes);
    server.budget().add(Budget.Part.SENDING, bytes);
  }

  /**
   * Waits until the bytes fit, with a quarter of the queue left for deliveries and the reply. A
   * longer message fits once no other bytes wait.
   *
   * @return false if the client has taken no bytes within the write deadline
   */
  private boolean awaitRoom(long size) {
    var least = Long.MAX_VALUE;
    var since = System.nanoTime();
    waiter = Thread.currentThread();
    try {
      while (open()) {
        var queued = queuedBytes();
        var most = outbound.most();
        if (queued + size <= most - most / 4 || (inTransit == 0 && outbound.clear())) {
          return true;
        }
        var now = System.nanoTime();
        if (queued < least) {
          least = queued;
          since = now;
        } else if (now - since > server.limits().writeTime().toNanos()
            || Thread.currentThread().isInterrupted()) {
          return false;
        }
        LockSupport.parkNanos(this, LOOK_NANOS);
      }
      return true; // the connection is closed and takes no bytes
    } finally {
      waiter = null;
    }
  }

  private void wake() {
    var waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /** Sets the virtual thread that runs this connection's exchange; null for none. */
  void runsOn(@Nullable Thread thread) {
    runner = thread;
  }

  @Override
  public void close(CloseStatus code) {
    if (loop.executor.inEventLoop()) {
      outbound.close(code);
    } else {
      loop.offer(() -> outbound.close(code));
    }
    open = false; // last: earlier messages of this thread still leave
  }

  /** Called when all bytes that were read together are handled. Event loop only. */
  void readComplete() {
    loop.flushPublished();
  }

  /** Closes because of an error in the client's frames. Event loop only. */
  void fail(CloseStatus code) {
    outbound.fail(code);
    open = false;
    FrameHandler.discardInbound(channel.pipeline());
    FrameDecoder.discard(channel);
  }

  /** Closes because the server is short of memory. Event loop only. */
  void shortOfMemory() {
    if (!outbound.closing()) {
      server.counters().memoryCloses.increment();
      fail(CloseStatus.BUSY);
    }
  }

  /** Expands a message's payload; returns null if that closes the connection. Event loop only. */
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

  @Override
  public Deadline closeAfter(Duration delay, CloseStatus code) {
    var wait = delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    var timer = loop.executor.schedule(() -> close(code), wait.toMillis(), TimeUnit.MILLISECONDS);
    synchronized (this) {
      if (deadlines == null) {
        deadlines = new ArrayList<>(1);
      }
      deadlines.removeIf(Future::isDone);
      deadlines.add(timer);
    }
    if (!channel.isOpen()) {
      cancelDeadlines(); // the connection may have been closed meanwhile
    }
    return () -> timer.cancel(false);
  }

  @Override
  public boolean open() {
    return open && !outbound.closing();
  }

  @Override
  public Subscriptions subscriptions() {
    return this;
  }

  @Override
  public void subscribe(SubscriptionRequest request) {
    var channels = request.channels();
    var asked = request.asked();
    var history = request.history().orElse(null);
    var replayed = new ArrayList<Subscription>();
    channels.forEach(ChannelName::require);
    List<Subscription> begun;
    synchronized (this) {
      if (subscriptions == null) {
        return;
      }
      var fresh = new LinkedHashSet<>(channels);
      fresh.removeAll(subscriptions.keySet());
      for (var channel : channels) {
        var known = subscriptions.get(channel);
        if (known != null && !asked.contains(channel)) {
          known.asked = false; // code owns the subscription from now on
        }
      }
      if (fresh.isEmpty() && history == null) {
        return;
      }
      if (subscriptions.size() + fresh.size() > server.limits().channels()) {
        throw new RefusedException(
            409, "no more than " + server.limits().channels() + " channels per connection");
      }
      begun = join(fresh);
      if (subscriptions.isEmpty()) {
        subscriptions = HashMap.newHashMap(begun.size());
      }
      for (var subscription : begun) {
        subscription.asked = asked.contains(subscription.channel.name);
        subscriptions.put(subscription.channel.name, subscription);
        server.hub().joined(this, subscription.channel.name);
      }
      if (history != null) {
        for (var channel : channels) {
          replayed.add(Objects.requireNonNull(subscriptions.get(channel)));
        }
      }
    }
    if (history == null) {
      loop.offer(() -> begun.forEach(Subscription::begin));
      return;
    }
    var reply = Replay.replyTo(request);
    loop.offer(() -> {
      begun.forEach(Subscription::begin);
      for (var i = 0; i < replayed.size(); i++) {
        if (replayed.indexOf(replayed.get(i)) == i) { // a channel may be named twice
          Replay.begin(replayed.get(i), server.hub(), server.budget(), history, reply, i);
        }
      }
    });
  }

  @Override
  public synchronized Set<String> asked() {
    if (subscriptions == null) {
      return Set.of();
    }
    var asked = new HashSet<String>();
    for (var subscription : subscriptions.values()) {
      if (subscription.asked) {
        asked.add(subscription.channel.name);
      }
    }
    return asked;
  }

  @Override
  public void revoke(String channel, Outcome.Refused why) {
    if (left(channel)) {
      send(
          Message.builder("unsubscribed")
              .header("unsubscribed", channel)
              .header("status", Integer.toString(why.status()))
              .header("error", why.reason())
              .build());
    }
  }

  @Override
  public void unsubscribe(String channel) {
    left(channel);
  }

  /** Ends a subscription; returns false without one. */
  private boolean left(String channel) {
    Subscription subscription;
    synchronized (this) {
      if (subscriptions == null || !subscriptions.containsKey(channel)) {
        return false;
      }
      subscription = subscriptions.remove(channel);
      server.hub().left(this, channel, false);
    }
    if (subscription != null) {
      server.hub().leave(channel, loop.index);
      // As a task, since earlier publications are tasks of the same event loop.
      loop.offer(subscription::end);
    }
    return true;
  }

  @Override
  public synchronized Set<String> channels() {
    return subscriptions == null ? Set.of() : Set.copyOf(subscriptions.keySet());
  }

  @Override
  public long queuedBytes() {
    return inTransit + outbound.bytes();
  }

  /** The id alone, without any text of the client. */
  @Override
  public String toString() {
    return "connection " + id;
  }

  @Override
  public void deliver(Subscription subscription, SharedFrame broadcast) {
    outbound.deliver(subscription, broadcast);
  }

  @Override
  public boolean takes() {
    return outbound.takes();
  }

  @Override
  public boolean closing() {
    return outbound.closing();
  }

  @Override
  public void later(Runnable task) {
    loop.offer(task);
  }

  @Override
  public void runLowPriority(Runnable piece) {
    loop.runLowPriority(piece);
  }

  @Override
  public void whenWritable(Replay replay) {
    if (waitingReplays.isEmpty()) {
      waitingReplays = new ArrayList<>(1);
    }
    if (!waitingReplays.contains(replay)) {
      waitingReplays.add(replay);
    }
  }

  OutboundQueue outbound() {
    return outbound;
  }

  /** Takes a whole message from the frame handler. */
  public void receive(Message.Format format, byte[] payload, boolean compressed) {
    if (!outbound.closing()) {
      inbound.offer(format, payload, compressed);
    }
  }

  void opened() {
    server.sessions().add(this);
    loop.heartbeat.add(this);
    server.counters().opened.increment();
    inbound.open();
  }

  /** Releases all resources, as the socket is closed. */
  void closed() {
    open = false;
    loop.heartbeat.remove(this);
    server.counters().closed.increment();
    cancelDeadlines();
    outbound.release();
    for (var subscription : takeSubscriptions()) {
      server.hub().left(this, subscription.channel.name, true);
      server.hub().leave(subscription.channel.name, loop.index);
      subscription.end();
    }
    inbound.end();
  }

  /**
   * Called once the socket is closed, the last exchange has ended and all {@code onClose} have run.
   * Any thread.
   */
  void over() {
    server.sessions().remove(this);
  }

  /** Closes the socket without a close frame. Any thread. */
  public void cut() {
    channel.close();
  }

  /** Takes no more messages, ends those that have arrived, then closes. Any thread. */
  public void drain(CloseStatus code) {
    loop.offer(() -> inbound.finish(() -> outbound.close(code)));
  }

  /**
   * Starts or stops reading the socket. A client cannot give a sign of life while the socket is not
   * read.
   */
  void read(boolean read) {
    FrameDecoder.read(channel, read);
    heard = true;
  }

  /**
   * Whether the client gave a sign of life since the last call, or could not because the socket was
   * not read.
   */
  boolean heard() {
    var was = heard || !channel.config().isAutoRead();
    heard = false;
    return was;
  }

  void signOfLife() {
    heard = true;
  }

  int slot() {
    return slot;
  }

  void slot(int slot) {
    this.slot = slot;
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int place) {
    this.place = place;
  }

  private synchronized void cancelDeadlines() {
    if (deadlines != null) {
      deadlines.forEach(timer -> timer.cancel(false));
      deadlines = null;
    }
  }

  private synchronized List<Subscription> takeSubscriptions() {
    var taken =
        subscriptions == null ? List.<Subscription>of() : List.copyOf(subscriptions.values());
    subscriptions = null;
    return taken;
  }

  /** Called when the client has taken some of the sent bytes. */
  void onWritable() {
    if (outbound.full()) {
      return;
    }
    outbound.drain();
    signOfLife();
    wake();
    var waiting = waitingReplays;
    waitingReplays = List.of();
    waiting.forEach(this::runLowPriority);
    inbound.onWritable();
  }

  /** Joins all channels, or none if the broker refuses one. */
  private List<Subscription> join(Set<String> channels) {
    var joined = new ArrayList<Subscription>(channels.size());
    try {
      for (var channel : channels) {
        var audience = server.hub().join(channel, loop.index);
        joined.add(new Subscription(this, audience, server.slowConsumers().of(channel)));
      }
    } catch (RuntimeException | Error e) {
      for (var subscription : joined) {
        server.hub().leave(subscription.channel.name, loop.index);
      }
      throw e;
    }
    return joined;
  }
}
