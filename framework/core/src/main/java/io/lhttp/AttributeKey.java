package io.lhttp;

import io.lhttp.internal.attribute.EntryName;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The name and type of an attribute. Keys of the same name are equal, whichever class or script has
 * created them, so a replaced class finds the values of its predecessor.
 *
 * <p>Names that begin with {@code lhttp.} belong to the server and its filters.
 */
@SuppressWarnings("UnusedTypeParameter") // T is the type of the values that Attributes returns
public final class AttributeKey<T> {
  private static final StackWalker CALLERS =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** The class of the values, without type parameters. */
  final Class<?> type;

  /**
   * For a list the class of its elements, for a map the class of its values; null for other types.
   */
  final @Nullable Class<?> element;

  final EntryName entry;

  private AttributeKey(String name, Class<?> type, @Nullable Class<?> element, Class<?> owner) {
    this.type = boxed(type);
    this.element = element == null ? null : boxed(element);
    this.entry = new EntryName(Objects.requireNonNull(name), owner.getClassLoader());
  }

  /** Returns the key of values of this class. */
  public static <T> AttributeKey<T> of(String name, Class<T> type) {
    return new AttributeKey<>(name, type, null, CALLERS.getCallerClass());
  }

  /** Returns the key of lists with elements of this class. */
  public static <E> AttributeKey<List<E>> listOf(String name, Class<E> element) {
    return new AttributeKey<>(name, List.class, element, CALLERS.getCallerClass());
  }

  /** Returns the key of maps from strings to values of this class. */
  public static <V> AttributeKey<Map<String, V>> mapOf(String name, Class<V> value) {
    return new AttributeKey<>(name, Map.class, value, CALLERS.getCallerClass());
  }

  public String name() {
    return entry.name;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttributeKey<?> key && key.name().equals(name());
  }

  @Override
  public int hashCode() {
    return name().hashCode();
  }

  @Override
  public String toString() {
    return name();
  }

  private static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }
}
