package io.lhttp.nats.internal.link;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/**
 * Logs failures of the connection to NATS, each once until NATS is reached again. Owned by a {@link
 * NatsLink}; safe for all threads.
 */
final class LoggedFailures {
  private static final int MAX_LOGGED = 16;

  private final Logger log;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  LoggedFailures(Logger log) {
    this.log = log;
  }

  /** Logs a failure, unless the same one was logged since NATS was last reached. */
  void add(String failure) {
    if (logged.size() < MAX_LOGGED && logged.add(failure)) {
      log.warn(failure);
    }
  }

  /** Forgets the logged failures, because NATS is reached. */
  void clear() {
    logged.clear();
  }
}
