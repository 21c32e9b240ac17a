package io.lhttp.internal.measure;

/** A connection that remembers the window of {@link Clients} in which it was counted last. */
public interface CountedConnection {
  /** Returns whether this window is the remembered one, and remembers it. */
  boolean rememberWindow(int window);
}
