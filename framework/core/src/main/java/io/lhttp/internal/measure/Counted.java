package io.lhttp.internal.measure;

/** A connection that knows in which window of {@link Clients} it was counted last. */
public interface Counted {
  /** Whether this window is the last one that was asked for; it is from now on. */
  boolean counted(int window);
}
