package io.lhttp.chain;

/** What tells an instance that somebody else made from others. */
final class Fingerprint {
  private Fingerprint() {}

  static String of(Object instance) {
    return instance.getClass().getName() + "@" + System.identityHashCode(instance);
  }
}
