package io.lhttp.nats.internal.publish;

import io.lhttp.ClientKey;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.ByteShares;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Refusals;
import io.nats.client.Connection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publications on their way to core NATS. They get their numbers and are given to jnats in the
 * order of arrival. The publications of one event loop turn are given to jnats together, so that
 * its writer wakes once and writes them with one system call.
 *
 * <p>While NATS is out of reach, publications wait here and not in jnats, because jnats may give up
 * a connection that NATS refuses. {@link CoreChannels} owns it. Safe for all threads; no method
 * blocks.
 */
public final class PublishQueue {
  private static final Logger log = LoggerFactory.getLogger(PublishQueue.class);

  /** The fewest bytes that the NATS protocol and the number add to a publication. */
  private static final int OVERHEAD = 48;

  private final NatsLink link;
  private final NatsSettings settings;
  private final Queue<Publication> waiting = new ConcurrentLinkedQueue<>();
  private final LongAdder unsent = new LongAdder();

  private volatile boolean closed;

  /** Whether the buffer had no room for the last publication that was made without NATS. */
  private volatile boolean overflowed;

  /** The number of bytes of publications that wait for a connection. */
  private final AtomicLong kept = new AtomicLong();

  /** The shares of clients in {@link #kept}. */
  private final ByteShares shares;

  /**
   * The number of calls of {@link #flush} since the running one began. The thread of the running
   * call also does the work of the others.
   */
  private final AtomicInteger flushes = new AtomicInteger();

  /**
   * A publication in the queue.
   *
   * @param to the connection over which it is sent; null if it waits for the next connection, or is
   *     not sent at all
   * @param kept its bytes if it waits for the next connection; otherwise 0
   * @param client the client for which these bytes count; null if they count for none
   */
  private record Publication(
      @Nullable Connection to,
      SequenceTracker.Sequence sequence,
      String subject,
      Message message,
      int kept,
      @Nullable ClientKey client) {
    /**
     * Whether the publication is delivered on this server only. It gets a number nevertheless, so
     * that subscribers on other servers learn that they have missed it.
     */
    boolean isLocal() {
      return to == null && kept == 0;
    }
  }

  public PublishQueue(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
    this.shares = new ByteShares(settings.bufferBytes());
  }

  /**
   * Adds a publication, which the next {@link #flush} sends.
   *
   * @param by the publishing client's connection; null for the server's own code
   * @return false if it will not be sent, because NATS is out of reach; the caller then delivers it
   *     on this server only
   * @throws RefusedException 503 if NATS is out of reach or the buffer is full, 429 if the client
   *     has its share of it, 413 if the message is too large
   */
  public boolean put(
      SequenceTracker.Sequence sequence,
      String subject,
      Message message,
      io.lhttp.@Nullable Connection by) {
    var bytes = message.size() + subject.length() + OVERHEAD;
    var connection = link.established();
    if (connection == null) {
      return putWhileAway(sequence, subject, message, bytes, by);
    }
    requireSize(connection, message);
    link.reserve(connection, bytes, by);
    waiting.add(new Publication(connection, sequence, subject, message, 0, null));
    return true;
  }

  /** Adds a publication while there is no connection. */
  private boolean putWhileAway(
      SequenceTracker.Sequence sequence,
      String subject,
      Message message,
      int bytes,
      io.lhttp.@Nullable Connection by) {
    return switch (settings.whenAway()) {
      case REFUSE -> throw Refusals.brokerAway();
      case LOCAL -> {
        waiting.add(new Publication(null, sequence, subject, message, 0, null));
        yield false;
      }
      case BUFFER -> {
        keep(sequence, subject, message, bytes, by);
        yield true;
      }
    };
  }

  private void keep(
      SequenceTracker.Sequence sequence,
      String subject,
      Message message,
      int bytes,
      io.lhttp.@Nullable Connection by) {
    var last = link.current();
    if (last != null) {
      requireSize(last, message);
    }
    var before = kept.getAndAdd(bytes) + link.waitingBytes();
    if (before + bytes > settings.bufferBytes()) {
      kept.addAndGet(-bytes);
      overflowed = true;
      throw Refusals.brokerAway();
    }
    var client = by != null && shares.scarce(before) ? ClientKey.of(by) : null;
    if (client != null && !shares.take(client, bytes, before)) {
      kept.addAndGet(-bytes);
      throw Refusals.clientShare();
    }
    overflowed = false;
    waiting.add(new Publication(null, sequence, subject, message, bytes, client));
  }

  private static void requireSize(Connection connection, Message message) {
    var most = connection.getMaxPayload();
    if (most > 0 && message.size() > most) {
      throw Refusals.tooLarge();
    }
  }

  /**
   * Gives the waiting publications to jnats. If another thread is doing so, that thread also does
   * this work.
   */
  public void flush() {
    if (flushes.getAndIncrement() > 0) {
      return;
    }
    var done = 1;
    try {
      do {
        while (sent(waiting.peek())) {
          waiting.remove();
        }
        done = flushes.addAndGet(-done);
      } while (done > 0);
    } finally {
      if (done > 0) {
        flushes.set(0); // an Error has ended this flush; the next call continues
      }
    }
  }

  /** Whether a publication would be accepted although NATS is out of reach. */
  public boolean acceptsWhileAway() {
    return switch (settings.whenAway()) {
      case REFUSE -> false;
      case LOCAL -> true;
      case BUFFER -> !overflowed || kept.get() + link.waitingBytes() == 0;
    };
  }

  /** The number of publications that were accepted, but could not be sent. */
  public long unsent() {
    return unsent.sum();
  }

  /** Sends the waiting publications, or drops them if there is no connection. */
  public void close() {
    closed = true;
    flush();
  }

  /** Sends a publication. Returns false if there is none, or if it has to wait. */
  private boolean sent(@Nullable Publication next) {
    if (next == null) {
      return false;
    }
    if (!next.isLocal()) {
      var to = next.to == null ? link.established() : next.to;
      if (to == null && !closed) {
        return false;
      }
      kept.addAndGet(-next.kept);
      if (next.client != null) {
        shares.giveBack(next.client, next.kept);
      }
      if (to != null) {
        link.reserve(next.kept);
        send(next, to);
      } else {
        unsent.increment();
      }
    }
    // A publication that was not sent uses up its number, too, so that receivers notice the loss.
    next.sequence.advance();
    return true;
  }

  private void send(Publication next, Connection to) {
    try {
      var headers = Payloads.needsNoHeaders(next.message) ? null : Payloads.headers(next.message);
      to.publish(next.subject, next.sequence.next(), headers, next.message.toBytes());
    } catch (RuntimeException e) { // IllegalStateException if the connection was closed meanwhile
      unsent.increment();
      log.debug("jnats does not take a publication", e);
    }
  }
}
