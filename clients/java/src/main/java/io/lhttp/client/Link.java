package io.lhttp.client;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection as its user sees it: one WebSocket after the other, and the pauses between them.
 *
 * <p>All state is guarded by this object's lock, which is held for moments only: futures complete
 * and callbacks run on the executor, and messages are written without it.
 */
final class Link implements Socket.Owner {
  /** A connection that held for so long was a good one, and the pauses begin anew. */
  static final Duration STABLE = Duration.ofSeconds(10);

  /** How long the rest of the queue and the closing handshake may take. */
  static final Duration CLOSING = Duration.ofSeconds(5);

  private final Executor executor;
  private final Timer timer;
  private final Duration requestTimeout;
  private final Tokens tokens;
  private final Reconnect reconnect;
  private final Socket.Settings settings;
  private final Callbacks callbacks;
  private final Events events;
  private final Outbox outbox;
  private final Requests requests;
  private final Channels channels;

  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final CompletableFuture<Closed> closed = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The socket that is open or being opened. */
  private @Nullable Socket socket;

  private boolean open;
  private long openedAt;
  private boolean sending;
  private boolean paused;
  private int attempts;
  private Timer.Cancel nextAttempt = () -> {};
  private @Nullable Closed end;

  /** Whether the user has closed. */
  private boolean closing;

  Link(LhttpClient client, LhttpClient.Builder builder) {
    this.executor = builder.executor;
    this.timer = builder.timer;
    this.requestTimeout = builder.requestTimeout;
    this.tokens = new Tokens(builder.token);
    this.reconnect = builder.reconnect();
    this.settings = builder.socket();
    this.callbacks = new Callbacks(executor, this::resume);
    this.channels = new Channels(this, builder.session);
    this.events = new Events(client, builder.listener, callbacks);
    this.outbox = new Outbox(builder.queueMessages, builder.queueBytes);
    var idPrefix = UUID.randomUUID() + "-"; // 122 bits that nobody can guess
    this.requests = new Requests(this, outbox, timer, executor, idPrefix);
  }

  // --- what the user asks for

  void connect() {
    executor.execute(this::attempt);
  }

  void send(Message message) {
    synchronized (this) {
      requireAlive();
      outbox.add(new Outbox.Outgoing(message, null));
    }
    pump();
  }

  CompletableFuture<Message> request(Message message, Pending.Kind kind, Duration timeout) {
    CompletableFuture<Message> reply;
    synchronized (this) {
      try {
        requireAlive();
        reply = requests.request(message, kind, timeout);
      } catch (QueueFullException | ConnectionClosedException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    pump();
    return reply;
  }

  CompletableFuture<Message> request(Message message) {
    return request(message, Pending.Kind.REQUEST, requestTimeout);
  }

  CompletableFuture<Void> acknowledged(Message message) {
    var reply = request(message, Pending.Kind.ACKNOWLEDGED, requestTimeout);
    var done = reply.<Void>thenApply(_ -> null);
    var _ =
        done.whenComplete((_, _) -> {
          if (done.isCancelled()) {
            reply.cancel(false);
          }
        });
    return done;
  }

  Subscription subscribe(String channel, Start start, Consumer<Delivery> callback) {
    Subscription subscription;
    synchronized (this) {
      requireAlive();
      subscription = channels.add(channel, start, callback);
    }
    pump();
    return subscription;
  }

  void unsubscribe(Subscription subscription) {
    synchronized (this) {
      channels.remove(subscription);
    }
    pump();
  }

  CompletableFuture<Void> opened() {
    return opened.copy();
  }

  CompletableFuture<Closed> closed() {
    return closed.copy();
  }

  /** Sends what is queued if there is a connection, and closes it. */
  void close() {
    synchronized (this) {
      if (!over()) {
        closing = true;
        events.mute();
        var last = socket;
        if (open && last != null) {
          resume();
          var _ =
              timer.after(CLOSING, () -> last.abort(Closed.NORMAL, "no answer", Optional.empty()));
        } else {
          nextAttempt.cancel();
          socket = null;
          end(Closed.byClient());
          if (last != null) {
            last.abort(Closed.NORMAL, "", Optional.empty());
          }
        }
      }
    }
    pump();
    try {
      // The timer ends it in time; the margin is for its thread.
      var _ = ended.await(CLOSING.toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // --- for the channels; under the lock

  synchronized boolean isOpen() {
    return open && !closing;
  }

  /** Sends a message of the client's own and waits for its acknowledgement; returns its id. */
  String ask(Message.Builder message, Pending.Waiter waiter, boolean first) {
    return requests.ask(message, waiter, requestTimeout, first);
  }

  /** Whether this is the id of a message of the client's own. */
  boolean asks(String id) {
    return requests.asks(id);
  }

  void gap(String channel) {
    events.gap(Gap.unknown(channel));
  }

  /** Does something with the connection after a pause, if there is one then. */
  void later(Optional<Duration> atLeast, int attempt, Runnable task) {
    var pause = atLeast.orElse(Duration.ZERO).plus(reconnect.backoff(attempt));
    var _ =
        timer.after(
            pause,
            () -> {
              synchronized (this) {
                if (isOpen()) {
                  task.run();
                }
              }
              pump();
            });
  }

  void complete(Runnable completion) {
    executor.execute(completion);
  }

  void lost(Subscription subscription, RequestRefusedException refusal) {
    events.lost(subscription, refusal);
  }

  // --- the life of a connection

  /** On the executor, because a supplier of tokens may block. */
  private void attempt() {
    Socket next;
    try {
      next = new Socket(settings, tokens.next(), this);
    } catch (Throwable e) { // a supplier in Kotlin may throw anything
      synchronized (this) {
        disconnected(Closed.ABNORMAL, "no connection was tried: " + e.getMessage(), Optional.of(e));
      }
      return;
    }
    boolean wanted;
    synchronized (this) {
      wanted = !over();
      if (wanted) {
        socket = next;
      }
    }
    if (wanted) {
      next.open();
    } else {
      next.abort(Closed.NORMAL, "", Optional.empty());
    }
  }

  @Override
  public void opened(Socket which) {
    synchronized (this) {
      if (which != socket) {
        return;
      }
      open = true;
      sending = false;
      paused = false;
      openedAt = timer.nanoTime();
      channels.opened();
      readOn(which);
      events.opened();
      complete(() -> opened.complete(null));
    }
    pump();
  }

  @Override
  public void received(Socket which, Message message) {
    synchronized (this) {
      if (which != socket) {
        return;
      }
      if (!requests.answer(message) && !channels.noticed(message)) {
        channels
            .route(message)
            .ifPresentOrElse(channel -> take(channel, message), () -> events.message(message));
      }
      readOn(which);
    }
    pump();
  }

  private void take(Channel channel, Message message) {
    var arrival = channel.takes(message);
    if (arrival == Channel.Arrival.AFTER_A_GAP) {
      gap(channel.name);
    }
    if (arrival != Channel.Arrival.AGAIN) {
      events.delivered(channel.name, channel.subscribers, message);
    }
  }

  @Override
  public synchronized void malformed(Socket which, ProtocolException why, int bytes) {
    if (which == socket) {
      events.malformed(why, bytes);
      readOn(which);
    }
  }

  @Override
  public void ended(Socket which, int code, String reason, Optional<Throwable> cause) {
    synchronized (this) {
      if (which != socket) {
        return;
      }
      socket = null;
      if (code == Closed.UNAUTHENTICATED) {
        tokens.refused(which.token());
      }
      if (open && timer.nanoTime() - openedAt >= STABLE.toNanos()) {
        attempts = 0;
      }
      open = false;
      disconnected(code, reason, cause);
    }
  }

  private void disconnected(int code, String reason, Optional<Throwable> cause) {
    if (end != null) {
      return;
    }
    var retryIn = closing ? Optional.<Duration>empty() : reconnect.after(code, reason, attempts++);
    var lost = closing ? Closed.byClient() : new Closed(code, reason, retryIn, cause);
    requests.connectionLost(lost);
    channels.connectionLost();
    if (retryIn.isEmpty()) {
      end(lost);
    } else {
      nextAttempt = timer.after(retryIn.get(), () -> executor.execute(this::attempt));
      events.closed(lost);
    }
  }

  private void end(Closed last) {
    end = last;
    requests.end(last);
    channels.end(last);
    outbox.clear();
    complete(() -> opened.completeExceptionally(new ConnectionClosedException(last)));
    events.ended(last, closed);
    ended.countDown();
  }

  // --- writing and reading

  /** Writes what waits, one message at a time, until the connection is busy. */
  private void pump() {
    while (true) {
      Socket to;
      Outbox.Outgoing next;
      synchronized (this) {
        to = socket;
        if (!open || sending || to == null) {
          return;
        }
        next = outbox.poll();
        if (next == null) {
          if (closing) {
            sending = true; // nothing follows a close
            to.close();
          }
          return;
        }
        sending = true;
      }
      var written = to.send(next.message());
      if (!written.isDone()) {
        var _ =
            written.whenComplete((_, failure) -> {
              written(to, failure);
              pump();
            });
        return;
      }
      written(to, written.isCompletedExceptionally() ? written.exceptionNow() : null);
    }
  }

  private void written(Socket to, @Nullable Throwable failure) {
    synchronized (this) {
      if (to == socket) {
        sending = false;
      }
    }
    if (failure != null) {
      to.abort(Closed.ABNORMAL, "writing failed", Optional.of(failure));
    }
  }

  private void readOn(Socket from) {
    if (closing || callbacks.hasRoom()) {
      from.readOn();
    } else {
      paused = true;
    }
  }

  /** There is room for further callbacks, or nothing is read for callbacks any more. */
  private synchronized void resume() {
    if (paused && socket != null) {
      paused = false;
      socket.resume();
    }
  }

  private void requireAlive() {
    if (over()) {
      throw new ConnectionClosedException(end == null ? Closed.byClient() : end);
    }
  }

  private boolean over() {
    return closing || end != null;
  }
}
