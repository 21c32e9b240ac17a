package io.lhttp.nats.internal.publish;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.jetstream.HistoryStream;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
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
 * Publications on their way to core NATS, which are numbered and handed to jnats in the order in
 * which they came. Whatever an event loop publishes in one turn is handed over at once: jnats'
 * writer then wakes once for all of it, and writes it with one system call. What is kept while NATS
 * is away is kept here, as a connection that NATS refuses may never come back. Safe for all
 * threads; no method blocks.
 */
public final class PublishQueue {
  private static final Logger log = LoggerFactory.getLogger(PublishQueue.class);

  /** What NATS' protocol adds to a publication at least, its number included. */
  private static final int OVERHEAD = 48;

  private final NatsLink link;
  private final NatsSettings settings;
  private final Queue<Publication> waiting = new ConcurrentLinkedQueue<>();
  private final LongAdder unsent = new LongAdder();

  private volatile boolean closed;

  /** Bytes that wait for NATS to come back. */
  private final AtomicLong kept = new AtomicLong();

  /** How often a flush was asked for since somebody began to flush; one thread does it for all. */
  private final AtomicInteger flushes = new AtomicInteger();

  /**
   * @param to null for what waits for whichever connection comes, and for what is not sent at all
   * @param kept bytes that it counts for while it waits; 0 where it does not
   */
  private record Publication(
      @Nullable Connection to, SequenceTracker.Run run, String subject, Message message, int kept) {
    /** Numbered without being sent: others will know that they missed it. */
    boolean local() {
      return to == null && kept == 0;
    }
  }

  public PublishQueue(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
  }

  /**
   * Takes a publication, to be sent with the next {@link #flush}.
   *
   * @return whether it is; otherwise NATS is away, and it is to be delivered here alone
   * @throws RefusedException 503 where NATS is away or takes no more, 413 where it never will
   */
  public boolean put(SequenceTracker.Run run, String subject, Message message) {
    var bytes = message.size() + subject.length() + OVERHEAD;
    var connection = link.up();
    if (connection == null) {
      return away(run, subject, message, bytes);
    }
    requireSize(connection, message);
    if (!link.takes(connection, bytes)) {
      throw HistoryStream.away();
    }
    waiting.add(new Publication(connection, run, subject, message, 0));
    return true;
  }

  private boolean away(SequenceTracker.Run run, String subject, Message message, int bytes) {
    return switch (settings.whenAway()) {
      case REFUSE -> throw HistoryStream.away();
      case LOCAL -> {
        waiting.add(new Publication(null, run, subject, message, 0));
        yield false;
      }
      case BUFFER -> {
        keep(run, subject, message, bytes);
        yield true;
      }
    };
  }

  private void keep(SequenceTracker.Run run, String subject, Message message, int bytes) {
    var last = link.any();
    if (last != null) {
      requireSize(last, message);
    }
    if (kept.addAndGet(bytes) + link.waiting() > settings.bufferBytes()) {
      kept.addAndGet(-bytes);
      throw HistoryStream.away();
    }
    waiting.add(new Publication(null, run, subject, message, bytes));
  }

  private static void requireSize(Connection connection, Message message) {
    var most = connection.getMaxPayload();
    if (most > 0 && message.size() > most) {
      throw new RefusedException(413, "the message is larger than the broker takes");
    }
  }

  /** Hands over what was put before; where another thread does it now, it does this, too. */
  public void flush() {
    if (flushes.getAndIncrement() > 0) {
      return;
    }
    var seen = 1;
    try {
      do {
        while (sent(waiting.peek())) {
          waiting.remove();
        }
        seen = flushes.addAndGet(-seen);
      } while (seen > 0);
    } finally {
      if (seen > 0) {
        flushes.set(0); // the JVM is in trouble: the next flush goes on
      }
    }
  }

  /** How many were taken and could not be sent. */
  public long unsent() {
    return unsent.sum();
  }

  /** Sends what still waits, or gives it up. */
  public void close() {
    closed = true;
    flush();
  }

  /** False where there is nothing, or it has to wait; what comes behind it does, too. */
  private boolean sent(@Nullable Publication next) {
    if (next == null) {
      return false;
    }
    if (!next.local()) {
      var to = next.to == null ? link.up() : next.to;
      if (to == null && !closed) {
        return false;
      }
      kept.addAndGet(-next.kept);
      if (to != null) {
        link.handOver(next.kept);
        send(next, to);
      } else {
        unsent.increment();
      }
    }
    next.run.advance(); // where it was not sent, subscribers will be told that they missed it
    return true;
  }

  private void send(Publication next, Connection to) {
    try {
      var headers = Payloads.plain(next.message) ? null : Payloads.headers(next.message);
      to.publish(next.subject, next.run.next(), headers, next.message.toBytes());
    } catch (RuntimeException e) { // IllegalStateException where it was closed meanwhile
      unsent.increment();
      log.debug("NATS' client does not take a publication", e);
    }
  }
}
