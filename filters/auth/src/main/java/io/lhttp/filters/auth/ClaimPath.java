package io.lhttp.filters.auth;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name of a claim, such as {@code sub}. Dots lead into objects, as in {@code
 * realm_access.roles}. A claim whose own name has dots, such as {@code https://example.com/roles},
 * is found before objects are searched. Immutable.
 */
public final class ClaimPath {
  private final String name;

  private ClaimPath(String name) {
    this.name = name;
  }

  /**
   * Parses the name of a claim.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static ClaimPath parse(String name) {
    if (name.isBlank() || !name.strip().equals(name)) {
      throw new IllegalArgumentException("the name of a claim such as realm_access.roles");
    }
    return new ClaimPath(name);
  }

  /**
   * Returns the claim's value; null if there is none. In each object the longest name counts that
   * the object has.
   */
  @Nullable Object in(Map<?, ?> claims) {
    return in(claims, name);
  }

  private static @Nullable Object in(Map<?, ?> object, String name) {
    if (object.containsKey(name)) {
      return object.get(name);
    }
    for (var dot = name.lastIndexOf('.'); dot >= 0; dot = name.lastIndexOf('.', dot - 1)) {
      if (object.get(name.substring(0, dot)) instanceof Map<?, ?> inner) {
        return in(inner, name.substring(dot + 1));
      }
    }
    return null;
  }

  /** Returns the part behind the last slash or dot. */
  String lastPart() {
    return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClaimPath path && path.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
