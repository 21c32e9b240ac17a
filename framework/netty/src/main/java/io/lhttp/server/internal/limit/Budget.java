package io.lhttp.server.internal.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the bytes that wait in the whole server against a limit; one for each server. All threads
 * may use it.
 *
 * <p>As the bytes are used up, the server first stops reading the connections that hold many of
 * them ({@link #share}) and refuses new work ({@link #spent}). Then it refuses messages ({@link
 * #take}) and closes connections ({@link #over}).
 */
public final class Budget {
  /** The part of the server in which bytes wait. */
  public enum Part {
    /** Received and not handled: inbound queues, fragments, incomplete frames and HTTP bodies. */
    RECEIVED,
    /** Messages whose exchange runs. */
    EXCHANGES,
    /** Replies and deliveries on their way to clients. */
    SENDING
  }

  /** The reason of refusals that clients get. */
  public static final String REFUSAL = "the server is short of memory";

  /**
   * One connection may hold this fraction of the free bytes: 1/64. This is the dynamic threshold of
   * shared-buffer switches (Choudhury and Hahne, 1998): the largest holder exceeds it first, and
   * some bytes always stay free.
   */
  private static final int SHARE = 64;

  /** The replies of one exchange may hold as much as this number of connections. */
  private static final int REPLIES = 4;

  private static final long MOST_REPLIES = 256 * 1024 * 1024;

  /** The server starts no new work once 7/8 of the bytes are used. */
  private static final int SPENT = 8;

  /**
   * Only small amounts may take the last sixteenth, so that the server still serves modest clients.
   */
  private static final int RESERVE = 16;

  private static final int SMALL = 8 * 1024;

  /**
   * The estimated memory of an exchange in bytes, beyond its message: thread, headers and reply.
   */
  private static final long EXCHANGE = 4096;

  private final long bytes;
  private final KeptMemory kept;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder received = new LongAdder();
  private final LongAdder exchanges = new LongAdder();
  private final LongAdder sending = new LongAdder();

  public Budget(long bytes) {
    this.bytes = bytes;
    this.kept = new KeptMemory(bytes / 2);
  }

  /** The bytes that connections keep. They have a limit of their own, half of this one. */
  public KeptMemory kept() {
    return kept;
  }

  /**
   * Returns the estimated bytes of a running exchange, which has its message in received and in
   * parsed form.
   */
  public static long exchange(int messageBytes) {
    return EXCHANGE + 2L * messageBytes;
  }

  /** Counts the bytes if they fit; otherwise counts none and returns false. */
  public boolean take(Part part, long amount) {
    var most = amount <= SMALL ? bytes : bytes - bytes / RESERVE;
    for (var now = used.get(); now + amount <= most; now = used.get()) {
      if (used.compareAndSet(now, now + amount)) {
        adder(part).add(amount);
        return true;
      }
    }
    return false;
  }

  /** Counts bytes that wait already, even beyond the limit. A negative amount gives bytes back. */
  public void add(Part part, long amount) {
    used.addAndGet(amount);
    adder(part).add(amount);
  }

  /**
   * The number of bytes that one connection may hold before the server stops reading its socket.
   */
  public long share() {
    return Math.max(0, bytes - used.get()) / SHARE;
  }

  /**
   * The number of bytes that the replies of one running exchange may hold before the server closes
   * its connection.
   */
  public long replies() {
    return Math.min(REPLIES * share(), MOST_REPLIES);
  }

  /** Whether the server should refuse new work: a handshake, a publication, a body. */
  public boolean spent() {
    return used.get() > bytes - bytes / SPENT;
  }

  /** Whether all bytes but the last sixteenth are used. */
  public boolean over() {
    return used.get() > bytes - bytes / RESERVE;
  }

  public long bytes() {
    return bytes;
  }

  public long used() {
    return used.get();
  }

  public long used(Part part) {
    return adder(part).sum();
  }

  private LongAdder adder(Part part) {
    return switch (part) {
      case RECEIVED -> received;
      case EXCHANGES -> exchanges;
      case SENDING -> sending;
    };
  }
}
