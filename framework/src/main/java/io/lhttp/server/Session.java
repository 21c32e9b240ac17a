package io.lhttp.server;

import io.lhttp.Attributes;
import io.lhttp.CloseCode;
import io.lhttp.Connection;
import io.lhttp.Handshake;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.pubsub.ChannelName;
import io.netty.channel.Channel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A WebSocket connection, as filters and processors see it; its parts live on its event loop. */
final class Session implements Connection, Bag.Member {
  private static final VarHandle IN_TRANSIT;

  static {
    try {
      IN_TRANSIT = MethodHandles.lookup().findVarHandle(Session.class, "inTransit", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ServerContext server;
  private final Channel channel;
  private final Loop loop;
  private final String id;
  private final Handshake handshake;
  private final Outbound outbound;
  private final Lane lane;

  /** Sent by other threads, not yet seen by the event loop. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile long inTransit;

  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile boolean open = true;

  /** Made when first asked for. Guarded by this, for making. */
  private volatile @Nullable Attributes attributes;

  /** By channel; null once the connection is closed. Guarded by this. */
  private @Nullable Map<String, Subscription> subscriptions = Map.of();

  // The heartbeat's, confined to the event loop.
  private int slot;
  private int place;
  private boolean heard = true;

  Session(ServerContext server, Channel channel, Loop loop, Handshake handshake, boolean compress) {
    this.server = server;
    this.channel = channel;
    this.loop = loop;
    this.id = server.ids().next();
    this.handshake = handshake;
    this.outbound = new Outbound(channel, loop, server.limits(), server.counters(), compress);
    this.lane = new Lane(this, server, loop);
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
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {
    this.principal = principal;
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
      return;
    }
    long size = message.size();
    if ((long) IN_TRANSIT.getAndAdd(this, size) + size > server.limits().queueBytes()) {
      IN_TRANSIT.getAndAdd(this, -size);
      loop.executor.execute(outbound::tooSlow);
      return;
    }
    loop.executor.execute(() -> {
      IN_TRANSIT.getAndAdd(this, -size);
      outbound.send(message);
    });
  }

  @Override
  public void close(CloseCode code) {
    if (loop.executor.inEventLoop()) {
      outbound.close(code);
    } else {
      loop.executor.execute(() -> outbound.close(code));
    }
  }

  @Override
  public boolean open() {
    return open;
  }

  @Override
  public void subscribe(String channel) {
    ChannelName.require(channel);
    Subscription subscription;
    synchronized (this) {
      if (subscriptions == null || subscriptions.containsKey(channel)) {
        return;
      }
      if (subscriptions.size() >= server.limits().channels()) {
        throw new RefusedException(
            409, "no more than " + server.limits().channels() + " channels per connection");
      }
      server.hub().join(channel, loop.index);
      subscription = new Subscription(this, channel, server.slowConsumers().of(channel));
      if (subscriptions.isEmpty()) {
        subscriptions = HashMap.newHashMap(1);
      }
      subscriptions.put(channel, subscription);
    }
    onLoop(() -> subscription.begin(loop.channels));
  }

  @Override
  public void unsubscribe(String channel) {
    Subscription subscription;
    synchronized (this) {
      if (subscriptions == null || !subscriptions.containsKey(channel)) {
        return;
      }
      subscription = subscriptions.remove(channel);
    }
    if (subscription != null) {
      end(subscription);
    }
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

  Outbound outbound() {
    return outbound;
  }

  /** A whole message has come. */
  void receive(Message.Format format, byte[] payload) {
    if (!outbound.closing()) {
      lane.offer(format, payload);
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
    server.sessions().remove(this);
    loop.heartbeat.remove(this);
    server.counters().closed.increment();
    outbound.release();
    takeSubscriptions().forEach(this::end);
    lane.end();
  }

  /** Takes no further message, ends what has come, then closes. Any thread. */
  void drain(CloseCode code) {
    onLoop(() -> lane.finish(() -> outbound.close(code)));
  }

  void read(boolean read) {
    channel.config().setAutoRead(read);
  }

  /** Whether the client gave a sign of life since this was last asked. */
  boolean heard() {
    var was = heard;
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

  private synchronized List<Subscription> takeSubscriptions() {
    var taken =
        subscriptions == null ? List.<Subscription>of() : List.copyOf(subscriptions.values());
    subscriptions = null;
    return taken;
  }

  private void end(Subscription subscription) {
    server.hub().leave(subscription.channel, loop.index);
    onLoop(() -> subscription.end(loop.channels));
  }

  private void onLoop(Runnable task) {
    if (loop.executor.inEventLoop()) {
      task.run();
    } else {
      loop.executor.execute(task);
    }
  }
}
