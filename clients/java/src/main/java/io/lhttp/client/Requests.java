package io.lhttp.client;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * The messages that wait for a reply, by {@code id}. Guarded by its client's lock, which its timers
 * take themselves.
 */
final class Requests {
  /** How many requests of the user may wait. */
  static final int MAX = 10_000;

  private final Object lock;
  private final Outbox outbox;
  private final Timer timer;
  private final Executor executor;
  private final String idPrefix;
  private final String ownPrefix;
  private final Map<String, Pending> byId = new LinkedHashMap<>();
  private long ids;

  /**
   * @param executor where futures complete
   */
  Requests(Object lock, Outbox outbox, Timer timer, Executor executor, String idPrefix) {
    this.lock = lock;
    this.outbox = outbox;
    this.timer = timer;
    this.executor = executor;
    this.idPrefix = idPrefix;
    this.ownPrefix = idPrefix + "own-";
  }

  /**
   * Queues a message of the user and returns its reply to come.
   *
   * @throws QueueFullException where too many wait, or too much is queued
   * @throws IllegalArgumentException where another one with this id waits
   */
  CompletableFuture<Message> request(Message message, Pending.Kind kind, Duration timeout) {
    if (byId.size() >= MAX) {
      throw new QueueFullException(MAX + " requests wait for their replies already");
    }
    var given = message.header("id");
    var id = given.orElseGet(this::nextId);
    if (byId.containsKey(id)) {
      throw new IllegalArgumentException(
          "a request with the id '%s' waits for its reply already".formatted(id));
    }
    var future = new CompletableFuture<Message>();
    var pending = new Pending(id, kind, new Reply(future));
    var identified = given.isPresent() ? message : message.toBuilder().header("id", id).build();
    outbox.add(new Outbox.Outgoing(identified, pending));
    await(pending, message.command(), timeout);
    var _ = future.whenComplete((_, _) -> cancel(pending));
    return future;
  }

  /**
   * Queues a message of the client's own and returns its id.
   *
   * @param first before all that waits, and without a bound
   * @throws QueueFullException where too much is queued
   */
  String ask(Message.Builder message, Pending.Waiter waiter, Duration timeout, boolean first) {
    var pending = new Pending(ownPrefix + ++ids, Pending.Kind.CONTROL, waiter);
    var built = message.header("ack", "true").header("id", pending.id).build();
    var outgoing = new Outbox.Outgoing(built, pending);
    if (first) {
      outbox.addFirst(outgoing);
    } else {
      outbox.add(outgoing);
    }
    await(pending, built.command(), timeout);
    return pending.id;
  }

  /** Whether this is the id of a message of the client's own, answered or not. */
  boolean asks(String id) {
    return id.startsWith(ownPrefix);
  }

  /** Hands a reply to who waits for it; false where nobody does. */
  boolean answer(Message reply) {
    var pending = reply.header("id").map(byId::get).orElse(null);
    if (pending == null || !pending.accepts(reply)) {
      return false;
    }
    remove(pending);
    pending.waiter.replied(reply);
    return true;
  }

  /** What was sent over a connection that is lost gets no reply any more. */
  void connectionLost(Closed closed) {
    fail(Pending::endsWithConnection, closed);
  }

  void end(Closed closed) {
    fail(_ -> true, closed);
  }

  private void await(Pending pending, String command, Duration timeout) {
    byId.put(pending.id, pending);
    pending.timeout(timer.after(timeout, () -> expire(pending, command, timeout)));
  }

  private void expire(Pending pending, String command, Duration timeout) {
    synchronized (lock) {
      if (remove(pending)) {
        pending.waiter.failed(
            new TimeoutException("no reply to '%s' within %s".formatted(command, timeout)));
      }
    }
  }

  private void cancel(Pending pending) {
    synchronized (lock) {
      remove(pending);
    }
  }

  /** Forgets it; false where its wait is over already. */
  private boolean remove(Pending pending) {
    if (!byId.remove(pending.id, pending)) {
      return false;
    }
    pending.cancelTimeout();
    outbox.remove(pending);
    return true;
  }

  private void fail(Predicate<Pending> which, Closed closed) {
    for (var pending : new ArrayList<>(byId.values())) {
      if (which.test(pending) && remove(pending)) {
        pending.waiter.failed(new ConnectionClosedException(closed));
      }
    }
  }

  private String nextId() {
    return idPrefix + ++ids;
  }

  private final class Reply implements Pending.Waiter {
    private final CompletableFuture<Message> future;

    Reply(CompletableFuture<Message> future) {
      this.future = future;
    }

    @Override
    public void replied(Message reply) {
      RequestRefusedException.in(reply)
          .ifPresentOrElse(this::failed, () -> executor.execute(() -> future.complete(reply)));
    }

    @Override
    public void failed(Exception why) {
      executor.execute(() -> future.completeExceptionally(why));
    }
  }
}
