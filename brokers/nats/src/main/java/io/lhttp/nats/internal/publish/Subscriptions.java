package io.lhttp.nats.internal.publish;

import io.lhttp.internal.log.Mishaps;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this server is subscribed to at NATS, whichever connection there is. One handler takes what
 * comes for all: jnats would keep three maps more for every subscription with a handler of its own.
 * Safe for all threads.
 */
public final class Subscriptions {
  private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);
  private static final Mishaps mishaps = new Mishaps(log, "a message from NATS");

  private final NatsLink link;
  private final NatsSettings settings;

  /** By their subject. */
  private final ConcurrentMap<String, Listener> listeners = new ConcurrentHashMap<>();

  /** The connection's. Guarded by this. */
  private @Nullable Dispatcher dispatcher;

  /** Whose the dispatcher is. Guarded by this. */
  private @Nullable Connection dispatching;

  public Subscriptions(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
  }

  /** Who listens to one subject, the only one here that does. */
  public abstract static class Listener {
    public final String subject;

    /** Where it is subscribed. Guarded by this. */
    private @Nullable Dispatcher at;

    /** Whether the connection was there before and after subscribing. Guarded by this. */
    private boolean certain;

    /** Guarded by this. */
    private boolean over;

    public Listener(String subject) {
      this.subject = subject;
    }

    /** NATS has brought a message. Called by NATS' thread; returns at once. */
    public abstract void take(Message nats, @Nullable Headers headers);
  }

  /** Begins to listen, now or with the first connection. */
  public void begin(Listener listener) {
    listeners.put(listener.subject, listener);
    subscribe(listener);
  }

  public void end(Listener listener) {
    listeners.remove(listener.subject, listener);
    synchronized (listener) {
      listener.over = true;
      unsubscribe(listener);
    }
  }

  /** There is a connection again. Whoever began while there was none may have been overlooked. */
  public void again() {
    for (var listener : listeners.values()) {
      synchronized (listener) {
        if (!listener.certain || !Objects.equals(listener.at, dispatcher())) {
          unsubscribe(listener);
          subscribe(listener);
        }
      }
    }
  }

  /** Who listens to a subject, if anybody. */
  @Nullable
  public Listener to(String subject) {
    return listeners.get(subject);
  }

  public int size() {
    return listeners.size();
  }

  private void subscribe(Listener listener) {
    synchronized (listener) {
      var to = dispatcher();
      if (listener.over || listener.at != null || to == null) {
        return;
      }
      var up = link.up();
      try {
        listener.at = to.subscribe(listener.subject);
        listener.certain = up != null && up.equals(link.up());
      } catch (IllegalStateException e) {
        log.debug("closed", e);
      }
    }
  }

  /** Guarded by the listener. */
  private static void unsubscribe(Listener listener) {
    if (listener.at != null) {
      try {
        listener.at.unsubscribe(listener.subject);
      } catch (IllegalStateException e) {
        log.debug("closed", e);
      }
    }
    listener.at = null;
  }

  private void take(Message nats) {
    try {
      var listener = listeners.get(nats.getSubscription().getSubject());
      if (listener != null) {
        listener.take(nats, nats.hasHeaders() ? nats.getHeaders() : null);
      }
    } catch (Throwable thrown) { // thrown on, it could end jnats' thread, and with it all channels
      mishaps.add(thrown);
    }
  }

  /** Null where there is no connection that may come back. */
  private synchronized @Nullable Dispatcher dispatcher() {
    var connection = link.any();
    if (connection == null) {
      return null;
    }
    if (!connection.equals(dispatching)) {
      try {
        dispatcher = connection.createDispatcher(this::take);
      } catch (IllegalStateException e) {
        log.debug("closed in between", e);
        return null;
      }
      dispatching = connection;
      dispatcher.setPendingLimits(NatsLink.PENDING_MESSAGES, settings.bufferBytes() * 8L);
    }
    return dispatcher;
  }
}
