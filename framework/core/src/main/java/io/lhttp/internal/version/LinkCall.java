package io.lhttp.internal.version;

/**
 * A call of users' code while the next generation is built.
 *
 * @param kind {@code filter} or {@code processor}
 * @param name the name of the link
 */
public record LinkCall(String kind, String name, Method method) {
  /** The code that runs. */
  public enum Method {
    /** The link's constructor, or a static initialiser of its class. */
    CREATE,
    /** {@code handOver} of the running link. */
    HAND_OVER,
    /** {@code takeOver} of the new link. */
    TAKE_OVER
  }
}
