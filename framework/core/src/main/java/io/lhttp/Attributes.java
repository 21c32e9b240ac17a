package io.lhttp;

import io.lhttp.internal.attribute.AttributeMemory;
import io.lhttp.internal.attribute.Conversion;
import io.lhttp.internal.attribute.Conversion.UnfitException;
import io.lhttp.internal.attribute.DetachedValue;
import io.lhttp.internal.attribute.DroppedAttributeLog;
import io.lhttp.internal.attribute.EntryName;
import io.lhttp.internal.attribute.ValueDetacher;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one connection or exchange: typed values by name, which filters, processors and
 * scripts share. All threads may use it.
 *
 * <p>A value of another type than the key's is converted where that loses nothing, see
 * docs/java.md; otherwise the attribute is absent for this key.
 */
public final class Attributes {
  private static final Object[] EMPTY = {};

  /** Pairs of an {@link EntryName} and its value. Guarded by this object's lock. */
  private @Nullable Object[] entries = EMPTY;

  /** The counted bytes of all values of scripts. Guarded by this object's lock. */
  private long bytes;

  /** Guarded by this object's lock. */
  private AttributeMemory memory;

  /** Creates attributes whose values are bounded by nothing but {@link #setBounded}. */
  public Attributes() {
    this(AttributeMemory.UNCOUNTED);
  }

  /** Creates attributes of a connection, for the server. */
  public Attributes(AttributeMemory memory) {
    this.memory = memory;
  }

  /** Gives the counted bytes back, and counts no more; the server calls it after the connection. */
  public synchronized void stopCounting() {
    memory.resize(0);
    memory = AttributeMemory.UNCOUNTED;
  }

  public synchronized <T> Optional<T> get(AttributeKey<T> key) {
    var i = indexOf(key.name());
    if (i < 0) {
      return Optional.empty();
    }
    var value = entries[i + 1];
    return value != null && has(key, value)
        ? Optional.of(cast(value)) // never empty, so that the JIT can remove the Optional
        : Optional.ofNullable(read(i, key));
  }

  /** Returns the value; if there is none of the key's type, creates and stores it. */
  public synchronized <T> T get(AttributeKey<T> key, Supplier<T> make) {
    var i = indexOf(key.name());
    if (i >= 0) {
      T known = read(i, key);
      if (known != null) {
        return known;
      }
    }
    var value = make.get();
    set(key, value);
    return value;
  }

  public synchronized <T> void set(AttributeKey<T> key, T value) {
    Objects.requireNonNull(value, () -> "the value of attribute " + key);
    put(key.entry, value);
  }

  /** Removes the value, and returns it if it has the key's type. */
  public synchronized <T> Optional<T> remove(AttributeKey<T> key) {
    var i = indexOf(key.name());
    if (i < 0) {
      return Optional.empty();
    }
    T value = read(i, key);
    remove(key.name());
    return Optional.ofNullable(value);
  }

  /** Returns a value of any type, for the host of scripts; null if there is none. */
  public synchronized @Nullable Object find(String name) {
    var i = indexOf(name);
    return i < 0 ? null : entries[i + 1];
  }

  /**
   * Stores a value for the host of scripts, unless all values of scripts together exceed {@code
   * maxBytes}.
   *
   * @param bytes the counted size of this value
   * @param maxBytes the most bytes of all values that this method has stored
   * @return false if the value does not fit; then nothing changes
   * @throws RefusedException if the server has no memory for more values; then nothing changes
   */
  public synchronized boolean setBounded(String name, Object value, int bytes, long maxBytes) {
    var i = indexOf(name);
    var known = i < 0 ? null : nameAt(i);
    if (this.bytes - (known == null ? 0 : known.bytes) + bytes > maxBytes) {
      return false;
    }
    put(known != null && known.bytes == bytes ? known : new EntryName(name, bytes), value);
    return true;
  }

  /** Removes a value of any type; returns false if there is none. */
  public synchronized boolean remove(String name) {
    var i = indexOf(name);
    if (i < 0) {
      return false;
    }
    count(-nameAt(i).bytes);
    var rest = Arrays.copyOf(entries, entries.length - 2);
    System.arraycopy(entries, i + 2, rest, i, rest.length - i);
    entries = rest;
    return true;
  }

  /**
   * Removes the references to classes that a reload has replaced; the server calls it after a
   * reload. Records and enum constants are kept by their components and names until a class of the
   * same name reads them. Other objects of such classes are dropped and logged.
   *
   * @param ended tests whether the classes of a class loader were replaced
   */
  @SuppressWarnings("ReferenceEquality") // whether detach() returned another object
  public void release(Predicate<ClassLoader> ended) {
    @Nullable Object[] known;
    synchronized (this) {
      known = entries.clone();
    }
    for (var i = 0; i < known.length; i += 2) {
      var entry = (EntryName) Objects.requireNonNull(known[i]);
      var value = Objects.requireNonNull(known[i + 1]);
      // The copy is made without the lock, because event loops take the lock and a copy may take
      // long.
      var kept = new ValueDetacher(ended, entry.ownedBy(ended)).detach(value);
      if (kept != value && replace(entry.name, value, kept) && kept == null) {
        DroppedAttributeLog.log(
            entry.name,
            DroppedAttributeLog.className(value),
            "it is or holds an object of a replaced class that is no record");
      }
    }
  }

  /**
   * Replaces a value, or removes it for null. Returns false if another thread has stored another
   * value in the meantime.
   */
  @SuppressWarnings("ReferenceEquality")
  private synchronized boolean replace(String name, Object value, @Nullable Object kept) {
    var i = indexOf(name);
    if (i < 0 || entries[i + 1] != value) {
      return false;
    }
    if (kept == null) {
      remove(name);
    } else {
      entries[i + 1] = kept;
    }
    return true;
  }

  private void put(EntryName name, Object value) {
    var i = indexOf(name.name);
    count(name.bytes - (i < 0 ? 0 : nameAt(i).bytes));
    if (i < 0) {
      i = entries.length;
      entries = Arrays.copyOf(entries, i + 2);
    }
    entries[i] = name;
    entries[i + 1] = value;
  }

  private void count(int more) {
    if (more != 0) {
      memory.resize(bytes + more);
      bytes += more;
    }
  }

  @SuppressWarnings({"ReferenceEquality", "StringEquality"}) // the same key's name, as a rule
  private int indexOf(String name) {
    for (var i = 0; i < entries.length; i += 2) {
      if (nameAt(i).name == name) {
        return i;
      }
    }
    return indexOfEqual(name);
  }

  private int indexOfEqual(String name) {
    for (var i = 0; i < entries.length; i += 2) {
      if (nameAt(i).name.equals(name)) {
        return i;
      }
    }
    return -1;
  }

  @SuppressWarnings("NullAway") // names stand at even places
  private EntryName nameAt(int i) {
    return (EntryName) entries[i];
  }

  private <T> @Nullable T read(int i, AttributeKey<T> key) {
    var value = Objects.requireNonNull(entries[i + 1]);
    return has(key, value) ? cast(value) : convert(key, value);
  }

  /**
   * Whether the value already has the key's type, so that the key reads it without a conversion.
   */
  private static boolean has(AttributeKey<?> key, Object value) {
    return key.element == null && key.type.isInstance(value) && !(value instanceof DetachedValue);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller knows the type
  private static <T> T cast(Object value) {
    return (T) value;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "ReferenceEquality"})
  private <T> @Nullable T convert(AttributeKey<T> key, Object value) {
    try {
      var converted = Conversion.convert(value, key.type, key.element);
      if (converted != null && converted != value && replaces(key, value)) {
        // the index may have changed: the conversion runs users' constructors, which may set
        // attributes
        put(key.entry, converted);
      }
      return (T) converted;
    } catch (UnfitException e) {
      if (value instanceof DetachedValue) {
        remove(key.name());
      }
      DroppedAttributeLog.log(key.name(), e.className(), e.getMessage());
      return null;
    }
  }

  /**
   * Whether the converted value takes the place of the stored one, because the stored value may be
   * of a replaced class.
   */
  private static boolean replaces(AttributeKey<?> key, Object value) {
    return value instanceof DetachedValue
        || value instanceof Record
        || value instanceof Enum
        || (key.element != null && !(value instanceof ForeignValue));
  }
}
