package io.lhttp.internal.chain;

import io.lhttp.Connection;
import java.util.Locale;

/**
 * One link's method about a connection's life, such as {@code onJoin}. Immutable; all threads may
 * use it.
 *
 * @param event the method's name without {@code on}, in lower case
 */
record HookMethod(
    Object link, String event, Failures failures, ContextLoader loader, Failures.Hook hook) {
  /** The method's name. */
  String name() {
    return "on" + event.substring(0, 1).toUpperCase(Locale.ROOT) + event.substring(1);
  }

  /** Calls the method on the calling thread; returns false if it threw. */
  boolean call(Connection connection, int generation) {
    return failures.call(event, loader, hook, connection, generation);
  }

  /** The same method with another body, which calls the link's. */
  HookMethod with(Failures.Hook body) {
    return new HookMethod(link, event, failures, loader, body);
  }
}
