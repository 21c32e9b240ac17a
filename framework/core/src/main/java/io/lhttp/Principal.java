package io.lhttp;

import java.util.Map;

/**
 * Who speaks on a connection.
 *
 * @param name the user, or empty for nobody in particular
 * @param claims what is known of the user: strings, numbers, booleans, lists and maps of them
 */
public record Principal(String name, Map<String, Object> claims) {
  /** Nobody has said who this is. */
  public static final Principal ANONYMOUS = new Principal("", Map.of());

  public Principal {
    claims = Map.copyOf(claims);
  }

  public boolean anonymous() {
    return name.isEmpty();
  }
}
