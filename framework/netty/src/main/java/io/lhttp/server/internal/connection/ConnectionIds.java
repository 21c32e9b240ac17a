package io.lhttp.server.internal.connection;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Creates ids of connections from 72 random bits per server and a counter; one for each server. All
 * threads may use it.
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
