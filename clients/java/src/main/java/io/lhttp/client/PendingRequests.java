package io.lhttp.client;

import io.lhttp.client.internal.protocol.Status;
import io.lhttp.client.internal.transport.Timer;
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
 * The messages that wait for a reply, by {@code id}. The client's lock guards them; timers acquire
 * the lock themselves.
 */
final class PendingRequests {
  private final Object lock;
  private final SendQueue queue;
  private final Timer timer;
  private final Executor executor;
  private final int maxQueued;
  private final String idPrefix;
  private final String ownPrefix;
  private final Map<String, PendingRequest> byId = new LinkedHashMap<>();
  private long ids;

  /**
   * @param executor completes the futures
   * @param maxQueued the most requests that wait for their replies
   */
  PendingRequests(
      Object lock,
      SendQueue queue,
      Timer timer,
      Executor executor,
      int maxQueued,
      String idPrefix) {
    this.lock = lock;
    this.queue = queue;
    this.timer = timer;
    this.executor = executor;
    this.maxQueued = maxQueued;
    this.idPrefix = idPrefix;
    this.ownPrefix = idPrefix + "own-";
  }

  /**
   * Queues a message of the application. Returns the future of its reply.
   *
   * @throws QueueFullException if too many requests wait, or the send queue is full
   * @throws IllegalArgumentException if a request with this id waits, or the message is too long
   */
  CompletableFuture<Message> request(Message message, PendingRequest.Kind kind, Duration timeout) {
    if (byId.size() >= maxQueued) {
      throw new QueueFullException(
          maxQueued + " requests wait for their replies already (maxQueued)");
    }
    var given = message.header("id");
    var id = given.orElseGet(this::nextId);
    if (byId.containsKey(id)) {
      throw new IllegalArgumentException(
          "a request with the id '%s' waits for its reply already".formatted(id));
    }
    var future = new CompletableFuture<Message>();
    var pending = new PendingRequest(id, kind, new Reply(future));
    var identified = given.isPresent() ? message : message.toBuilder().header("id", id).build();
    queue.add(new SendQueue.Outgoing(identified, pending));
    await(pending, message.command(), timeout);
    var unused = future.whenComplete((reply, failure) -> cancel(pending));
    return future;
  }

  /**
   * Queues a message of the client itself. Returns its id.
   *
   * @param first whether the message is sent before all waiting ones, even if the queue is full
   * @throws QueueFullException if the send queue is full and {@code first} is false
   */
  String command(
      Message.Builder message, PendingRequest.Waiter waiter, Duration timeout, boolean first) {
    var pending = new PendingRequest(ownPrefix + ++ids, PendingRequest.Kind.COMMAND, waiter);
    var built = message.header("ack", "true").header("id", pending.id).build();
    var outgoing = new SendQueue.Outgoing(built, pending);
    if (first) {
      queue.addFirst(outgoing);
    } else {
      queue.add(outgoing);
    }
    await(pending, built.command(), timeout);
    return pending.id;
  }

  /** Whether the client itself has sent the message with this id. */
  boolean isOwn(String id) {
    return id.startsWith(ownPrefix);
  }

  /** Whether this reply answers a message of the client itself whose time-out has passed. */
  boolean isLate(String id, Message reply) {
    return isOwn(id) && Status.of(reply).isPresent();
  }

  /** Passes a reply to its request. Returns false if no request waits for it. */
  boolean settle(Message reply) {
    var pending = reply.header("id").map(byId::get).orElse(null);
    if (pending == null || !pending.accepts(reply)) {
      return false;
    }
    remove(pending);
    pending.waiter.replied(reply);
    return true;
  }

  /** Ends the requests that were sent over the lost connection. */
  void connectionLost(Closed closed) {
    fail(PendingRequest::endsWithConnection, closed);
  }

  void end(Closed closed) {
    fail(pending -> true, closed);
  }

  private void await(PendingRequest pending, String command, Duration timeout) {
    byId.put(pending.id, pending);
    pending.timeout(timer.after(timeout, () -> expire(pending, command, timeout)));
  }

  private void expire(PendingRequest pending, String command, Duration timeout) {
    synchronized (lock) {
      if (remove(pending)) {
        var what = pending.sent() ? "no reply" : "no connection, and no reply,";
        pending.waiter.failed(
            new TimeoutException("%s to '%s' within %s".formatted(what, command, timeout)));
      }
    }
  }

  private void cancel(PendingRequest pending) {
    synchronized (lock) {
      remove(pending);
    }
  }

  /** Removes a request. Returns false if it has ended already. */
  private boolean remove(PendingRequest pending) {
    if (!byId.remove(pending.id, pending)) {
      return false;
    }
    pending.cancelTimeout();
    queue.remove(pending);
    return true;
  }

  private void fail(Predicate<PendingRequest> which, Closed closed) {
    for (var pending : new ArrayList<>(byId.values())) {
      if (which.test(pending) && remove(pending)) {
        pending.waiter.failed(new ConnectionClosedException(closed));
      }
    }
  }

  private String nextId() {
    return idPrefix + ++ids;
  }

  private final class Reply implements PendingRequest.Waiter {
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
