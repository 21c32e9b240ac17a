package io.lhttp;

import org.jspecify.annotations.Nullable;

/**
 * An attribute that a script has stored in a form of its own. Java reads what {@link #toJava}
 * returns.
 */
public interface ForeignValue {
  /** Strings, numbers, booleans, and lists and maps of them; null if there is no such form. */
  @Nullable Object toJava();
}
