package io.lhttp.server.internal.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The bytes that may wait in the whole server; one for each server. All threads may use it.
 *
 * <p>As they are used up, the server stops reading connections that hold much ({@link #share}) and
 * refuses new work ({@link #spent}). Then it refuses messages ({@link #take}) and closes
 * connections ({@link #over}).
 */
public final class Budget {
  /** The reason why bytes wait. */
  public enum Part {
    /** Received and not handled: inbound queues, fragments, incomplete frames and HTTP bodies. */
    RECEIVED,
    /** Messages whose exchange runs. */
    EXCHANGES,
    /** Replies and deliveries on their way to clients. */
    SENDING
  }

  /** The reason that clients get. */
  public static final String REFUSAL = "the server is short of memory";

  /**
   * The share of the free bytes that one connection may hold: dynamic thresholds of shared-buffer
   * switches (Choudhury and Hahne, 1998). The largest holder exceeds it first, and some bytes are
   * always left.
   */
  private static final int SHARE = 64;

  /** From 7/8 on the server starts no new work. */
  private static final int SPENT = 8;

  /** The last sixteenth is for small amounts, so that modest clients are served. */
  private static final int RESERVE = 16;

  private static final int SMALL = 8 * 1024;

  /** The estimated cost of an exchange beside its message: thread, headers and reply. */
  private static final long EXCHANGE = 4096;

  private final long bytes;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder received = new LongAdder();
  private final LongAdder exchanges = new LongAdder();
  private final LongAdder sending = new LongAdder();

  public Budget(long bytes) {
    this.bytes = bytes;
  }

  /** Returns the cost of a running exchange: its message as received and as parsed. */
  public static long exchange(int messageBytes) {
    return EXCHANGE + 2L * messageBytes;
  }

  /** Takes the bytes, or none if they do not fit. */
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

  /** Adds bytes that are held already, even beyond the limit. A negative amount returns bytes. */
  public void add(Part part, long amount) {
    used.addAndGet(amount);
    adder(part).add(amount);
  }

  /** The bytes that one connection may hold before the server stops reading it. */
  public long share() {
    return Math.max(0, bytes - used.get()) / SHARE;
  }

  /** Whether the server should refuse new work: a handshake, a publication, a body. */
  public boolean spent() {
    return used.get() > bytes - bytes / SPENT;
  }

  /** Whether all bytes but the reserve are used. */
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
