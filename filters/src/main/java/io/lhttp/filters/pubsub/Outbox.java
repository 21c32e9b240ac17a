package io.lhttp.filters.pubsub;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.nats.client.Connection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publications on their way to core NATS, which are numbered and handed to jnats in the order in
 * which they came. Whatever an event loop publishes in one turn is handed over at once: jnats'
 * writer then wakes once for all of it, and writes it with one system call. Safe for all threads;
 * no method blocks.
 */
final class Outbox {
  private static final Logger log = LoggerFactory.getLogger(Outbox.class);

  /** What NATS' protocol adds to a publication at least, its number included. */
  private static final int OVERHEAD = 48;

  private final NatsLink link;
  private final NatsSettings settings;
  private final Queue<Publication> waiting = new ConcurrentLinkedQueue<>();
  private final LongAdder unsent = new LongAdder();

  /** How often a flush was asked for since somebody began to flush; one thread does it for all. */
  private final AtomicInteger flushes = new AtomicInteger();

  /**
   * @param to null for what is numbered without being sent: others will know that they missed it
   */
  private record Publication(
      @Nullable Connection to, Numbering.Run run, String subject, Message message) {}

  Outbox(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.settings = settings;
  }

  /**
   * Takes a publication, to be sent with the next {@link #flush}.
   *
   * @return whether it is; otherwise NATS is away, and it is to be delivered here alone
   * @throws RefusedException 503 where NATS is away or takes no more, 413 where it never will
   */
  boolean put(Numbering.Run run, String subject, Message message) {
    var connection = link.up();
    if (connection == null) {
      switch (settings.whenAway()) {
        case REFUSE -> throw Journal.away();
        case LOCAL -> {
          waiting.add(new Publication(null, run, subject, message));
          return false;
        }
        case BUFFER -> connection = link.any();
      }
    }
    if (connection == null) {
      throw Journal.away();
    }
    var most = connection.getMaxPayload();
    if (most > 0 && message.size() > most) {
      throw new RefusedException(413, "the message is larger than the broker takes");
    }
    if (!link.takes(connection, message.size() + subject.length() + OVERHEAD)) {
      throw Journal.away();
    }
    waiting.add(new Publication(connection, run, subject, message));
    return true;
  }

  /** Hands over what was put before; where another thread does it now, it does this, too. */
  void flush() {
    if (flushes.getAndIncrement() > 0) {
      return;
    }
    var seen = 1;
    try {
      do {
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
          send(next);
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
  long unsent() {
    return unsent.sum();
  }

  private void send(Publication next) {
    if (next.to != null) {
      try {
        var headers = Payloads.plain(next.message) ? null : Payloads.headers(next.message);
        next.to.publish(next.subject, next.run.next(), headers, next.message.toBytes());
      } catch (RuntimeException e) { // IllegalStateException where it was closed meanwhile
        unsent.increment();
        log.debug("NATS' client does not take a publication", e);
      }
    }
    next.run.advance(); // where it was not sent, subscribers will be told that they missed it
  }
}
