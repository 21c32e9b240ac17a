package io.lhttp.server.internal.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The bytes that may wait in the whole server, whatever they wait for. As they are used up, those
 * who hold much are not read ({@link #share}), nothing new is begun ({@link #spent}), nothing is
 * taken ({@link #take}), and who holds what can't be refused is closed ({@link #over}). Safe for
 * all threads.
 */
public final class Budget {
  /** For what bytes wait. */
  public enum Part {
    /** Received, and not handled: lanes, fragments, halves of frames and of HTTP bodies. */
    RECEIVED,
    /** Messages whose exchange is under way. */
    EXCHANGES,
    /** Replies and deliveries on their way to clients. */
    SENDING
  }

  /** The words to a client. */
  public static final String REFUSAL = "the server is short of memory";

  /**
   * Each connection may hold so much of what is free: the dynamic thresholds of switches that share
   * a buffer (Choudhury and Hahne, 1998). Whoever holds most is the first to be over it, and some
   * is always left for the others.
   */
  private static final int SHARE = 64;

  /** From 7/8 on nothing new is begun. */
  private static final int SPENT = 8;

  /** The last sixteenth is for what is small, so that who asks for little is served. */
  private static final int RESERVE = 16;

  private static final int SMALL = 8 * 1024;

  /** The cost of an exchange beside its message, roughly: its thread, its headers, its reply. */
  private static final long EXCHANGE = 4096;

  private final long bytes;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder received = new LongAdder();
  private final LongAdder exchanges = new LongAdder();
  private final LongAdder sending = new LongAdder();

  public Budget(long bytes) {
    this.bytes = bytes;
  }

  /** The cost of an exchange under way: its message as it came, and as it is read. */
  public static long exchange(int messageBytes) {
    return EXCHANGE + 2L * messageBytes;
  }

  /** Takes so much, or nothing where it does not fit. */
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

  /** Takes so much, fit or not: it is there already. A negative amount is given back. */
  public void add(Part part, long amount) {
    used.addAndGet(amount);
    adder(part).add(amount);
  }

  /** How much one connection may hold now before it is no longer read. */
  public long share() {
    return Math.max(0, bytes - used.get()) / SHARE;
  }

  /** Whether nothing new should be begun: a handshake, a publication, a body. */
  public boolean spent() {
    return used.get() > bytes - bytes / SPENT;
  }

  /** Whether all is held but for what is reserved. */
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
