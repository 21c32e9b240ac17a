package io.lhttp.internal.attribute;

import io.lhttp.RefusedException;

/**
 * Counts the bytes of scripts' values in the attributes of one connection, against a bound of the
 * whole server. The attributes call it one call at a time.
 */
@FunctionalInterface
public interface AttributeMemory {
  /** Counts nothing, for attributes that live no longer than an exchange. */
  AttributeMemory UNCOUNTED = bytes -> {};

  /**
   * Counts this number of bytes in place of the last one.
   *
   * @throws RefusedException if the server has no room for more bytes; then the last number counts
   */
  void resize(long bytes);
}
