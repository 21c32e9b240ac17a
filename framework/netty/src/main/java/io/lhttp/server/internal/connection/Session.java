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

/** A WebSocket connection, as filters and processors see it; its parts live on its event loop. */
public final class Session implements Connection, Subscriber, Counted, IndexedBag.Member {
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
  private final InboundQueue lane;

  /** What a message costs on its way to the event loop beside its bytes, roughly. */
  private static final long OVERHEAD = 256;

  /** A thread that waits for room looks so often, woken or not. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** As long as never, and within what a timer can count. */
  private static final Duration LONGEST_DELAY = Duration.ofDays(10_000);

  /** Bytes sent by other threads that the event loop has not seen yet. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile long inTransit;

  /** The virtual thread that runs this connection's exchange, or its opening. */
  private volatile @Nullable Thread runner;

  /** The same thread, while it waits for room. */
  private volatile @Nullable Thread waiter;

  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile boolean open = true;

  /** Closes that are to come; made when first needed. Guarded by this. */
  private @Nullable List<Future<?>> deadlines;

  /** Made when first asked for. Guarded by this, for making. */
  private volatile @Nullable Attributes attributes;

  /** By channel; null once the connection is closed. Guarded by this. */
  private @Nullable Map<String, Subscription> subscriptions = Map.of();

  /** Replays that the client is too slow for. Confined to the event loop. */
  private List<Replay> waitingReplays = List.of();

  /** Of those who count clients; messages of one connection come one after the other. */
  private int window;

  // The heartbeat's, confined to the event loop.
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
    this.outbound =
        new OutboundQueue(channel, loop, server.limits(), server.counters(), compress);
    this.lane = new InboundQueue(this, outbound, server, loop);
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

  /** Has the filters look at this connection again, before its next message. Any thread. */
  public void review() {
    loop.offer(lane::review);
  }

  /** The same, after a while. */
  void reviewAfter(Duration delay) {
    try {
      loop.executor.schedule(lane::review, delay.toMillis(), TimeUnit.MILLISECONDS);
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

  /** The connection's own exchange waits for room, others' bytes have to fit. */
  private void sendFromOtherThread(Message message) {
    var size = message.size() + OVERHEAD;
    var own = Thread.currentThread().equals(runner);
    var fits =
        own ? awaitRoom(size) : (long) IN_TRANSIT.getVolatile(this) + size <= outbound.most();
    if (!fits) {
      open = false; // or every further message would say so again
      loop.offer(outbound::tooSlow);
      return;
    }
    transit(size);
    if (!loop.offer(
        () -> {
          outbound.send(message);
          transit(-size); // not before: who waits for room must not find it twice
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
   * Waits until so much has room, with a quarter left for others' deliveries and for the answer;
   * what is longer has room once nothing else waits.
   *
   * @return false where the client has taken nothing within the write deadline
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
      return true; // it is closed, and takes nothing
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

  /** The thread that runs this connection's exchange from now on, or none. */
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
    open = false; // last: what this thread sent before still goes out
  }

  /** Nothing more comes from the client for now. Event loop only. */
  void readComplete() {
    loop.flushPublished();
  }

  /** Closes for what the client did wrong in its frames. Event loop only. */
  void fail(CloseStatus code) {
    outbound.fail(code);
    open = false;
    FrameHandler.discardInbound(channel.pipeline());
    FrameDecoder.discard(channel);
  }

  /** Closes because the server's memory is spent. Event loop only. */
  void shortOfMemory() {
    if (!outbound.closing()) {
      server.counters().memoryCloses.increment();
      fail(CloseStatus.BUSY);
    }
  }

  /** Expands a message's payload; null where that closes the connection. Event loop only. */
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
      cancelDeadlines(); // it may have been closed in between
    }
    return () -> timer.cancel(false);
  }

  @Override
  public boolean open() {
    return open && !outbound.closing();
  }

  @Override
  public void subscribe(SubscriptionRequest request) {
    var channels = request.channels();
    var asked = request.asked();
    var history = request.history().orElse(null);
    var recalled = new ArrayList<Subscription>();
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
          known.asked = false; // its code's, from now on
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
          recalled.add(Objects.requireNonNull(subscriptions.get(channel)));
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
      for (var i = 0; i < recalled.size(); i++) {
        if (recalled.indexOf(recalled.get(i)) == i) { // named twice is subscribed to once
          Replay.begin(recalled.get(i), server.hub(), server.budget(), history, reply, i);
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

  /** Whether there was such a subscription. */
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
      // In its turn: what was published before is on its way through the loop.
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

  /** Never what a client sent. */
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

  /** A whole message has come. */
  public void receive(Message.Format format, byte[] payload, boolean compressed) {
    if (!outbound.closing()) {
      lane.offer(format, payload, compressed);
    }
  }

  void opened() {
    server.sessions().add(this);
    loop.heartbeat.add(this);
    server.counters().opened.increment();
    lane.open();
  }

  /** The socket is closed. */
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
    lane.end();
  }

  /** The socket is closed, the last exchange over, and every link has heard of it. Any thread. */
  void over() {
    server.sessions().remove(this);
  }

  /** Closes the socket without a word. Any thread. */
  public void cut() {
    channel.close();
  }

  /** Takes no further message, ends what has come, then closes. Any thread. */
  public void drain(CloseStatus code) {
    loop.offer(() -> lane.finish(() -> outbound.close(code)));
  }

  /** Whether the socket is read. Whom nobody reads can't give a sign of life. */
  void read(boolean read) {
    FrameDecoder.read(channel, read);
    heard = true;
  }

  /** Whether the client gave a sign of life since this was last asked, as far as it could. */
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

  /** The client has taken what was sent, if not all of it. */
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
    lane.onWritable();
  }

  /** All of them, or none where the broker refuses one. */
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
