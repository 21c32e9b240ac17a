package io.lhttp.pipeline;

import java.util.Arrays;

/** Whether a class does something of its own where an interface has a default. */
final class Overrides {
  private Overrides() {}

  static boolean of(Object instance, Class<?> contract, String method) {
    return Arrays.stream(instance.getClass().getMethods())
        .anyMatch(m ->
            m.getName().equals(method)
                && !m.isBridge()
                && m.getDeclaringClass() != contract
                && contract.isAssignableFrom(m.getDeclaringClass()));
  }
}
