package io.lhttp;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Typed values that filters and processors keep for each other, of a connection or an exchange. All
 * threads may use it.
 */
public final class Attributes {
  private static final Object[] EMPTY = {};

  /** Key, value, key, value. Guarded by this. */
  private @Nullable Object[] entries = EMPTY;

  public synchronized <T> Optional<T> get(AttributeKey<T> key) {
    var i = indexOf(key);
    return i < 0 ? Optional.empty() : Optional.of(valueAt(i));
  }

  /** Returns the value; if there is none, creates and stores it. */
  public synchronized <T> T get(AttributeKey<T> key, Supplier<T> make) {
    var i = indexOf(key);
    if (i >= 0) {
      return valueAt(i);
    }
    var value = make.get();
    set(key, value);
    return value;
  }

  public synchronized <T> void set(AttributeKey<T> key, T value) {
    Objects.requireNonNull(value, () -> "the value of attribute " + key);
    var i = indexOf(key);
    if (i < 0) {
      i = entries.length;
      entries = Arrays.copyOf(entries, i + 2);
      entries[i] = key;
    }
    entries[i + 1] = value;
  }

  /** Removes the value and returns it. */
  public synchronized <T> Optional<T> remove(AttributeKey<T> key) {
    var i = indexOf(key);
    if (i < 0) {
      return Optional.empty();
    }
    T value = valueAt(i);
    var rest = Arrays.copyOf(entries, entries.length - 2);
    System.arraycopy(entries, i + 2, rest, i, rest.length - i);
    entries = rest;
    return Optional.of(value);
  }

  private int indexOf(AttributeKey<?> key) {
    for (var i = 0; i < entries.length; i += 2) {
      if (entries[i] == key) {
        return i;
      }
    }
    return -1;
  }

  @SuppressWarnings({
    "unchecked",
    "NullAway",
    "TypeParameterUnusedInFormals"
  }) // only set() writes, with the key's own type
  private <T> T valueAt(int i) {
    return (T) entries[i + 1];
  }
}
