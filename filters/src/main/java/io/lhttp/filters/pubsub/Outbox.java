package io.lhttp.filters.pubsub;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.nats.client.Connection;
import io.nats.client.impl.Headers;
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
  private final Numbering numbering;
  private final Queue<Publication> waiting = new ConcurrentLinkedQueue<>();
  private final LongAdder unsent = new LongAdder();

  /** How often a flush was asked for since somebody began to flush; one thread does it for all. */
  private final AtomicInteger flushes = new AtomicInteger();

  /**
   * @param to null for what is numbered without being sent: others will know that they missed it
   */
  private record Publication(
      @Nullable Connection to,
      Numbering.Run run,
      String subject,
      @Nullable Headers headers,
      byte[] payload) {}

  Outbox(NatsLink link, NatsSettings settings, Numbering numbering) {
    this.link = link;
    this.settings = settings;
    this.numbering = numbering;
  }

  /**
   * Takes a publication, to be sent with the next {@link #flush}.
   *
   * @return whether it is; otherwise NATS is away, and it is to be delivered here alone
   * @throws RefusedException 503 where NATS is away or takes no more, 413 where it never will
   */
  boolean put(String channel, String subject, Message message) {
    var connection = link.up();
    if (connection == null) {
      switch (settings.whenAway()) {
        case REFUSE -> throw Journal.away();
        case LOCAL -> {
          waiting.add(new Publication(null, numbering.run(channel), subject, null, new byte[0]));
          return false;
        }
        case BUFFER -> connection = link.any();
      }
    }
    if (connection == null
        || !link.takes(connection, message.size() + subject.length() + OVERHEAD)) {
      throw Journal.away();
    }
    var most = connection.getMaxPayload();
    if (most > 0 && message.size() > most) {
      throw new RefusedException(413, "the message is larger than the broker takes");
    }
    waiting.add(
        new Publication(
            connection,
            numbering.run(channel),
            subject,
            Payloads.plain(message) ? null : Payloads.headers(message),
            message.toBytes()));
    return true;
  }

  /** Hands over what was put before; where another thread does it now, it does this, too. */
  void flush() {
    if (flushes.getAndIncrement() > 0) {
      return;
    }
    var seen = 1;
    do {
      for (var next = waiting.poll(); next != null; next = waiting.poll()) {
        send(next);
      }
      seen = flushes.addAndGet(-seen);
    } while (seen > 0);
  }

  /** How many were taken and could not be sent. */
  long unsent() {
    return unsent.sum();
  }

  private void send(Publication next) {
    if (next.to != null) {
      try {
        next.to.publish(next.subject, next.run.next(), next.headers, next.payload);
      } catch (IllegalStateException | IllegalArgumentException e) {
        unsent.increment();
        log.warn("NATS' client does not take a publication: {}", e.getMessage());
      }
    }
    next.run.advance(); // where it was not sent, subscribers will be told that they missed it
  }
}
