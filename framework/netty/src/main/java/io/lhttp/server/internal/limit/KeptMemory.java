package io.lhttp.server.internal.limit;

import io.lhttp.Handshake;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes that open connections keep while no message waits: the headers of their
 * handshakes, and their subscriptions. One for each server; all threads may use it.
 *
 * <p>One connection may keep a sixteenth of the free bytes. So a client with a thousand connections
 * leaves room for connections that keep little.
 */
public final class KeptMemory {
  private static final int SHARE = 16;

  /** The estimated memory of a handshake's header in bytes, beyond its text. */
  private static final int HEADER = 160;

  /** The estimated memory of a subscription in bytes. */
  private static final int SUBSCRIPTION = 160;

  /** The estimated memory of a channel on one event loop in bytes, beyond its name. */
  private static final int CHANNEL = 512;

  private final long bytes;
  private final AtomicLong used = new AtomicLong();

  KeptMemory(long bytes) {
    this.bytes = bytes;
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

  /** Whether one connection may keep this number of bytes in all. */
  public boolean allows(long amount) {
    return amount <= Math.max(0, bytes - used.get()) / SHARE;
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
