package io.lhttp;

import java.util.Map;

/**
 * The user of a connection, as a filter has authenticated it.
 *
 * @param name the user's name; empty for an anonymous client
 * @param claims facts about the user: strings, numbers, booleans, lists and maps of them
 */
public record Principal(String name, Map<String, Object> claims) {
  /** A client that has not authenticated. */
  public static final Principal ANONYMOUS = new Principal("", Map.of());

  public Principal {
    claims = Map.copyOf(claims);
  }

  public boolean anonymous() {
    return name.isEmpty();
  }
}
