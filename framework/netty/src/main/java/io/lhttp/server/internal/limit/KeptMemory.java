package io.lhttp.server.internal.limit;

import io.lhttp.Handshake;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes that open connections keep while no message waits: the headers of their
 * handshakes, their subscriptions, and scripts' values in their attributes. One for each server;
 * all threads may use it.
 *
 * <p>Only connections that keep little may use the last quarter. So a client with a thousand greedy
 * connections leaves room for modest ones.
 */
public final class KeptMemory {
  /** The part of the bytes that only modest connections may use: a quarter. */
  private static final int RESERVE = 4;

  /** The reserve is enough for this number of modest connections, each of which keeps the most. */
  private static final int MODEST = 2_048;

  /** A connection that keeps at most this many bytes is modest, even if the reserve is small. */
  private static final int LITTLE = 4_096;

  /** The estimated memory of a handshake's header in bytes, beyond its text. */
  private static final int HEADER = 160;

  /** The estimated memory of a subscription in bytes. */
  private static final int SUBSCRIPTION = 128;

  /** The estimated memory of a channel on one event loop in bytes, beyond its name. */
  private static final int CHANNEL = 384;

  private final long bytes;
  private final long reserve;
  private final AtomicLong used = new AtomicLong();

  KeptMemory(long bytes) {
    this.bytes = bytes;
    this.reserve = bytes / RESERVE;
  }

  /** Returns the estimated bytes of a handshake. */
  public static long ofHandshake(Handshake handshake) {
    var sum = (long) handshake.uri().length();
    for (var header : handshake.headers().entrySet()) {
      sum += HEADER + header.getKey().length();
      for (var value : header.getValue()) {
        sum += value.length();
      }
    }
    return sum;
  }

  /** Returns the estimated bytes of a number of subscriptions, without their channels. */
  public static long ofSubscriptions(int count) {
    return (long) count * SUBSCRIPTION;
  }

  /** Returns the estimated bytes of subscriptions to channels that no other connection has. */
  public static long mostOfSubscriptions(int count) {
    return (long) count * (SUBSCRIPTION + CHANNEL);
  }

  /** Returns the estimated bytes of a channel on one event loop, without its subscriptions. */
  public static long ofChannel(String name) {
    return CHANNEL + (long) name.length();
  }

  /**
   * Whether a connection may keep more bytes.
   *
   * @param now the bytes that it keeps already
   */
  public boolean allows(long now, long more) {
    var after = used.get() + more;
    return after <= bytes - reserve
        || (after <= bytes && now + more <= Math.max(LITTLE, reserve / MODEST));
  }

  /** Counts bytes that are kept. A negative amount gives bytes back. */
  public void add(long amount) {
    used.addAndGet(amount);
  }

  public long bytes() {
    return bytes;
  }

  public long used() {
    return used.get();
  }
}
