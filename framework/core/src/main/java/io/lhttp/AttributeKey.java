package io.lhttp;

/** The typed key of an attribute. Keys are compared by identity: keep one in a constant. */
@SuppressWarnings("UnusedTypeParameter") // T is the type of the values that Attributes returns
public final class AttributeKey<T> {
  private final String name;

  private AttributeKey(String name) {
    this.name = name;
  }

  /** Creates a key that equals no other key; the name appears in error messages alone. */
  public static <T> AttributeKey<T> of(String name) {
    return new AttributeKey<>(name);
  }

  @Override
  public String toString() {
    return name;
  }
}
