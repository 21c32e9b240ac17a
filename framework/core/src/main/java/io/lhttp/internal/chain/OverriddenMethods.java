package io.lhttp.internal.chain;

import io.lhttp.chain.ForeignLink;

/** Finds out whether a link has an optional method. */
final class OverriddenMethods {
  private OverriddenMethods() {}

  /** Whether the instance's class overrides a default method of an interface. */
  static boolean of(Object instance, Class<?> contract, String method, Class<?> parameter) {
    try {
      return instance.getClass().getMethod(method, parameter).getDeclaringClass() != contract;
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(contract + " has no method " + method, e);
    }
  }

  /**
   * Whether the link overrides a hook such as {@code onOpen}. A link in another language says so
   * itself, because it overrides all methods of its class in Java.
   */
  static boolean hook(Object link, Class<?> contract, String method, Class<?> parameter) {
    return link instanceof ForeignLink foreign
        ? foreign.has(method)
        : of(link, contract, method, parameter);
  }
}
