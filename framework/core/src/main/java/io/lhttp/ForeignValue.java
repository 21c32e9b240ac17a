package io.lhttp;

import org.jspecify.annotations.Nullable;

/**
 * An attribute that a script has stored in a form of its own. Java reads what {@link #toJava}
 * returns.
 */
public interface ForeignValue {
  /**
   * Returns strings, numbers, booleans, and lists and maps of them; null if the value has no such
   * form.
   */
  @Nullable Object toJava();
}
