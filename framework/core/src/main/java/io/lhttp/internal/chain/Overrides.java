package io.lhttp.internal.chain;

/** Whether a class does something of its own where an interface has a default. */
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
