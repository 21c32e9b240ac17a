package io.lhttp.chain;

/** Fingerprints of instances that the caller created: each instance has its own. */
final class Fingerprint {
  private Fingerprint() {}

  static String of(Object instance) {
    return instance.getClass().getName() + "@" + System.identityHashCode(instance);
  }
}
