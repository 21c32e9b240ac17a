package io.lhttp.internal.chain;

/** Finds out whether a class overrides a default method of an interface. */
final class Overrides {
  private Overrides() {}

  static boolean of(Object instance, Class<?> contract, String method, Class<?> parameter) {
    try {
      return instance.getClass().getMethod(method, parameter).getDeclaringClass() != contract;
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(contract + " has no method " + method, e);
    }
  }
}
