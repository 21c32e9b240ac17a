package io.lhttp.client;

import io.lhttp.client.LhttpClient.State;
import io.lhttp.client.internal.protocol.CloseCodes;
import io.lhttp.client.internal.transport.Environment;
import io.lhttp.client.internal.transport.Timer;
import io.lhttp.client.internal.transport.Transport;
import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a client. It opens one transport after the other, with pauses in between, as
 * docs/client-states.md describes.
 *
 * <p>The lock of this object guards all state, and is held for short times only. Without the lock,
 * futures complete, callbacks run and messages are written.
 */
final class ClientConnection implements Transport.Owner {
  private final ClientOptions options;
  private final Executor executor;
  private final Timer timer;
  private final Connector connector;
  private final Notifier notifier;
  private final SendQueue queue;
  private final SendLoop sendLoop;
  private final PendingRequests requests;
  private final Subscriptions subscriptions;
  private final IncomingRouter incoming;

  private final Lifetime lifetime;
  private final ReadPacer reading;

  private State state = State.CONNECTING;

  /** The open transport, or the one that is being opened; null otherwise. */
  private @Nullable Transport transport;

  ClientConnection(LhttpClient client, ClientOptions options, Environment environment) {
    this.options = options;
    this.executor = options.executor();
    this.timer = environment.timer();
    this.connector = new Connector(this, options, environment);
    this.lifetime = new Lifetime(executor);
    var callbacks = new CallbackQueue(executor, this::resumeReading);
    this.reading = new ReadPacer(callbacks);
    this.notifier = new Notifier(client, options.listener(), callbacks);
    this.queue =
        new SendQueue(options.maxQueued(), options.maxQueuedBytes(), options.maxMessageBytes());
    this.sendLoop = new SendLoop(this, queue);
    // 122 random bits, so that the ids of other clients differ
    var idPrefix = UUID.randomUUID() + "-";
    this.requests =
        new PendingRequests(this, queue, timer, executor, options.maxQueued(), idPrefix);
    this.subscriptions = new Subscriptions(this, notifier, options.session());
    this.incoming = new IncomingRouter(requests, subscriptions, notifier);
  }

  // --- calls of the application

  void connect() {
    connector.connect();
  }

  void send(Message message) {
    synchronized (this) {
      requireAlive();
      queue.add(new SendQueue.Outgoing(message, null));
    }
    sendLoop.run();
  }

  /**
   * Sends a request. The method throws nothing: if the client is closed or a queue is full, the
   * future fails.
   */
  CompletableFuture<Message> request(Message message, PendingRequest.Kind kind, Duration timeout) {
    CompletableFuture<Message> reply;
    synchronized (this) {
      try {
        requireAlive();
        reply = requests.request(message, kind, timeout);
      } catch (QueueFullException | ConnectionClosedException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    sendLoop.run();
    return reply;
  }

  Subscription subscribe(String channel, SubscribeOptions options, Consumer<Delivery> callback) {
    Subscription subscription;
    synchronized (this) {
      requireAlive();
      subscription = subscriptions.add(channel, options, callback);
    }
    sendLoop.run();
    return subscription;
  }

  void unsubscribe(Subscription subscription) {
    synchronized (this) {
      subscriptions.remove(subscription);
    }
    sendLoop.run();
  }

  CompletableFuture<Void> opened() {
    return lifetime.opened();
  }

  CompletableFuture<Closed> closed() {
    return lifetime.closed();
  }

  synchronized Set<String> serverSubscriptions() {
    return subscriptions.byServer();
  }

  synchronized State state() {
    return state;
  }

  /** Closes the client. If there is a connection, the queue is written first. */
  void close() {
    synchronized (this) {
      if (!isOver()) {
        notifier.mute();
        var last = transport;
        if (state == State.OPEN && last != null) {
          state = State.CLOSING;
          sendLoop.closeAfterQueue();
          resumeReading();
          var unused =
              timer.after(
                  Transport.CLOSING,
                  () -> last.abort(CloseCodes.NORMAL, "no answer", Optional.empty()));
        } else {
          connector.cancel();
          transport = null;
          end(Closed.byClient());
          if (last != null) {
            last.abort(CloseCodes.NORMAL, "", Optional.empty());
          }
        }
      }
    }
    sendLoop.run();
    // The transport's own timer ends the connection in time; a second more allows for a late timer.
    lifetime.awaitEnd(Transport.CLOSING.plusSeconds(1));
  }

  // --- calls of the subscriptions, under the lock

  synchronized boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * Sends a message of the client itself, and waits for its acknowledgement. Returns the message's
   * id.
   *
   * @param first whether the message is sent before all waiting ones
   * @throws QueueFullException if the queue is full and {@code first} is false
   */
  String command(Message.Builder message, PendingRequest.Waiter waiter, boolean first) {
    return requests.command(message, waiter, options.requestTimeout(), first);
  }

  /** Runs a task after a pause, if a connection is open then. */
  void later(Optional<Duration> retryAfter, int attempt, Runnable task) {
    var unused =
        timer.after(
            connector.retryPause(retryAfter, attempt),
            () -> {
              synchronized (this) {
                if (isOpen()) {
                  task.run();
                }
              }
              sendLoop.run();
            });
  }

  void complete(Runnable completion) {
    executor.execute(completion);
  }

  // --- states of the connection

  /** Called when an attempt to connect begins. Returns false if the client is closed. */
  synchronized boolean connecting() {
    if (isOver()) {
      return false;
    }
    state = State.CONNECTING;
    return true;
  }

  /** Uses the transport of an attempt from now on. Returns false if the client is closed. */
  synchronized boolean use(Transport next) {
    if (isOver()) {
      return false;
    }
    transport = next;
    connector.opening(next);
    return true;
  }

  /** Called when an attempt failed before it had a transport. */
  synchronized void notTried(Throwable why) {
    if (!isOver()) {
      notifier.failed(why, 0);
      var reason = "no connection was tried: " + why.getMessage();
      lost(CloseCodes.ABNORMAL, reason, Optional.of(why));
    }
  }

  /** Called when the server has refused the only token that the application has. */
  synchronized void tokenRefused() {
    if (!isOver()) {
      var reason = "the token was refused, and there is no new one";
      end(new Closed(CloseCodes.UNAUTHENTICATED, reason, Optional.empty(), Optional.empty()));
    }
  }

  @Override
  public void opened(Transport which) {
    synchronized (this) {
      if (!which.equals(transport)) {
        return;
      }
      state = State.OPEN;
      connector.opened();
      sendLoop.start(which);
      subscriptions.opened();
      reading.start(which);
      notifier.opened();
      lifetime.open();
    }
    sendLoop.run();
  }

  @Override
  public void received(Transport which, Message message) {
    synchronized (this) {
      if (!which.equals(transport)) {
        return;
      }
      incoming.receive(message);
      readNext(which);
    }
    sendLoop.run();
  }

  @Override
  public synchronized void malformed(Transport which, ProtocolException why, int bytes) {
    if (which.equals(transport)) {
      notifier.failed(why, bytes);
      readNext(which);
    }
  }

  @Override
  public void ended(Transport which, int code, String reason, Optional<Throwable> cause) {
    synchronized (this) {
      if (!which.equals(transport)) {
        return;
      }
      transport = null;
      sendLoop.stop();
      lost(code, reason, cause);
    }
  }

  private void lost(int code, String reason, Optional<Throwable> cause) {
    if (lifetime.isOver()) {
      return;
    }
    var closing = state == State.CLOSING;
    var retryIn =
        closing ? Optional.<Duration>empty() : connector.lost(state == State.OPEN, code, reason);
    var lost = closing ? Closed.byClient() : new Closed(code, reason, retryIn, cause);
    requests.connectionLost(lost);
    subscriptions.lost();
    if (retryIn.isEmpty()) {
      end(lost);
    } else {
      state = State.WAITING;
      connector.connectIn(retryIn.get());
      notifier.closed(lost);
    }
  }

  private void end(Closed last) {
    state = State.CLOSED;
    requests.end(last);
    subscriptions.closed(last);
    queue.clear();
    lifetime.end(last, notifier);
  }

  // --- reading, which pauses while too many callbacks wait

  private void readNext(Transport from) {
    if (state == State.CLOSING) {
      from.readNext(); // no callback gets the messages any more
    } else {
      reading.next(from);
    }
  }

  /**
   * Reads on when callbacks have room again, or when the application receives no messages any more.
   */
  private synchronized void resumeReading() {
    if (transport != null) {
      reading.resume(transport);
    }
  }

  private void requireAlive() {
    if (isOver()) {
      throw lifetime.exception();
    }
  }

  private boolean isOver() {
    return state == State.CLOSING || lifetime.isOver();
  }
}
