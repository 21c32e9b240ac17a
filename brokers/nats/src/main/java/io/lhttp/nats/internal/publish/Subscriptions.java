package io.lhttp.nats.internal.publish;

import io.lhttp.internal.log.ErrorLog;
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
 * The subscriptions of this server at NATS, across connections. One handler takes the messages of
 * all, because jnats would keep three more maps for every subscription with its own handler. All
 * threads may use it.
 */
public final class Subscriptions {
  private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);
  private static final ErrorLog errors = new ErrorLog(log, "a message from NATS");

  private final NatsLink link;
  private final NatsSettings settings;

  /** Listeners by subject. */
  private final ConcurrentMap<String, Listener> listeners = new ConcurrentHashMap<>();

  /** The dispatcher of the current connection. Guarded by this. */
  private @Nullable Dispatcher dispatcher;

  /** The connection of the dispatcher. Guarded by this. */
  private @Nullable Connection dispatching;

  public Subscriptions(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
  }

  /** Takes the messages of one subject; a subject has one listener. */
  public abstract static class Listener {
    public final String subject;

    /** The dispatcher with the subscription. Guarded by this. */
    private @Nullable Dispatcher at;

    /** Whether the connection was established before and after subscribing. Guarded by this. */
    private boolean certain;

    /** Guarded by this. */
    private boolean over;

    public Listener(String subject) {
      this.subject = subject;
    }

    /** Takes a message. A thread of NATS calls it; it returns at once. */
    public abstract void take(Message nats, @Nullable Headers headers);
  }

  /** Subscribes, now or with the first connection. */
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

  /** Subscribes again after a reconnect, including listeners that began without a connection. */
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

  /** The listener of a subject; null for none. */
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

  /** Ends a subscription at NATS. Guarded by the listener. */
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
    } catch (Throwable thrown) { // an exception could end jnats' thread, and with it all channels
      errors.add(thrown);
    }
  }

  /** The dispatcher; null without a connection that may come back. */
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
