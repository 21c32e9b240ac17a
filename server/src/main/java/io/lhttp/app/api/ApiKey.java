package io.lhttp.app.api;

import io.lhttp.Secrets;
import io.lhttp.app.api.method.Method;
import java.util.List;
import java.util.Set;

/**
 * A key of the server API.
 *
 * @param secret the texts of which a request sends one
 * @param methods the methods that the key may call; empty for all
 */
public record ApiKey(Secrets secret, Set<Method> methods) {
  /** The fewest characters of a secret. */
  public static final int LEAST = 16;

  /**
   * @throws IllegalArgumentException if a secret is too short, or can't stand in a header
   */
  public ApiKey {
    methods = Set.copyOf(methods);
    for (var one : secret.all()) {
      if (one.text().length() < LEAST) {
        throw new IllegalArgumentException(
            "a secret has at least " + LEAST + " characters, this one is shorter");
      }
      if (!one.text().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "a secret is sent in a header: expected ASCII without spaces");
      }
    }
  }

  /** Whether the key may call a method. */
  public boolean allows(Method method) {
    return methods.isEmpty() || methods.contains(method);
  }

  /** The methods that the key may call, in the order of all methods. */
  List<Method> allowed() {
    return List.of(Method.values()).stream().filter(this::allows).toList();
  }
}
