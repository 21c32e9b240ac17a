package io.lhttp.server.internal.connection;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Creates the ids of connections. An id consists of 72 bits that are random per server, and a
 * counter. One for each server; all threads may use it.
 */
public final class ConnectionIds {
  private static final int RANDOM = 9;

  private final byte[] prefix = new byte[RANDOM];
  private final AtomicInteger count = new AtomicInteger();

  ConnectionIds() {
    new SecureRandom().nextBytes(prefix);
  }

  /** Returns 18 characters of the URL-safe Base64 alphabet. */
  public String next() {
    var bytes =
        ByteBuffer.allocate(RANDOM + Integer.BYTES).put(prefix).putInt(count.incrementAndGet());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }
}
