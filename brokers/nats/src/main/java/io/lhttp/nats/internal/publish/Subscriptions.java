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
 * This server's subscriptions at NATS, which move to each new connection. One handler receives the
 * messages of all subscriptions, because jnats would need three maps more for each handler. {@link
 * io.lhttp.nats.NatsBroker} owns it. Safe for all threads.
 */
public final class Subscriptions {
  private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);
  private static final ErrorLog errors = new ErrorLog(log, "a message from NATS");

  private final NatsLink link;
  private final NatsSettings settings;

  /** The listeners by subject. */
  private final ConcurrentMap<String, Listener> listeners = new ConcurrentHashMap<>();

  /** The dispatcher of jnats for the current connection. Guarded by this object's lock. */
  private @Nullable Dispatcher dispatcher;

  /** The connection to which the dispatcher belongs. Guarded by this object's lock. */
  private @Nullable Connection dispatching;

  public Subscriptions(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
  }

  /** Receives the messages of one subject. A server has at most one listener for each subject. */
  public abstract static class Listener {
    public final String subject;

    /**
     * The dispatcher with which the listener is subscribed; null for none. Guarded by this object's
     * lock.
     */
    private @Nullable Dispatcher subscribedWith;

    /**
     * Whether the connection was established before and after subscribing, so that jnats has sent
     * the subscription. Guarded by this object's lock.
     */
    private boolean certain;

    /** Whether the subscription has ended. Guarded by this object's lock. */
    private boolean ended;

    public Listener(String subject) {
      this.subject = subject;
    }

    /** Receives a message of the subject, on a thread of jnats; returns at once. */
    public abstract void receive(Message nats, @Nullable Headers headers);
  }

  /** Subscribes, now or with the first connection. */
  public void begin(Listener listener) {
    listeners.put(listener.subject, listener);
    subscribe(listener);
  }

  public void end(Listener listener) {
    listeners.remove(listener.subject, listener);
    synchronized (listener) {
      listener.ended = true;
      unsubscribe(listener);
    }
  }

  /**
   * Called when a connection is established: subscribes again where needed. jnats may have ignored
   * a subscription that was made while there was no connection.
   */
  public void resubscribe() {
    for (var listener : listeners.values()) {
      synchronized (listener) {
        if (!listener.certain || !Objects.equals(listener.subscribedWith, dispatcher())) {
          unsubscribe(listener);
          subscribe(listener);
        }
      }
    }
  }

  /** Returns the listener of a subject; null for none. */
  @Nullable
  public Listener find(String subject) {
    return listeners.get(subject);
  }

  public int size() {
    return listeners.size();
  }

  private void subscribe(Listener listener) {
    synchronized (listener) {
      var to = dispatcher();
      if (listener.ended || listener.subscribedWith != null || to == null) {
        return;
      }
      var up = link.established();
      try {
        listener.subscribedWith = to.subscribe(listener.subject);
        listener.certain = up != null && up.equals(link.established());
      } catch (IllegalStateException e) {
        log.debug("the connection to NATS is closed", e);
      }
    }
  }

  /** Ends the subscription at the old connection. The caller holds the listener's lock. */
  private static void unsubscribe(Listener listener) {
    if (listener.subscribedWith != null) {
      try {
        listener.subscribedWith.unsubscribe(listener.subject);
      } catch (IllegalStateException e) {
        log.debug("the connection to NATS is closed", e);
      }
    }
    listener.subscribedWith = null;
  }

  private void receive(Message nats) {
    try {
      var listener = listeners.get(nats.getSubscription().getSubject());
      if (listener != null) {
        listener.receive(nats, nats.hasHeaders() ? nats.getHeaders() : null);
      }
    } catch (Throwable thrown) { // an exception would end jnats' thread, which serves all channels
      errors.add(thrown);
    }
  }

  /**
   * Creates a dispatcher whose thread has the server's class loader. Otherwise the thread would
   * inherit that of the calling thread, which may run a user's link.
   */
  private Dispatcher createDispatcher(Connection connection) {
    var thread = Thread.currentThread();
    var users = thread.getContextClassLoader();
    thread.setContextClassLoader(Subscriptions.class.getClassLoader());
    try {
      return connection.createDispatcher(this::receive);
    } finally {
      thread.setContextClassLoader(users);
    }
  }

  /** Returns the connection's dispatcher; null if there is no connection that may come back. */
  private synchronized @Nullable Dispatcher dispatcher() {
    var connection = link.current();
    if (connection == null) {
      return null;
    }
    if (!connection.equals(dispatching)) {
      try {
        dispatcher = createDispatcher(connection);
      } catch (IllegalStateException e) {
        log.debug("the connection to NATS was closed meanwhile", e);
        return null;
      }
      dispatching = connection;
      dispatcher.setPendingLimits(NatsLink.PENDING_MESSAGES, settings.bufferBytes() * 8L);
    }
    return dispatcher;
  }
}
