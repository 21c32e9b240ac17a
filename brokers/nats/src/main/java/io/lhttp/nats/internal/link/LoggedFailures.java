package io.lhttp.nats.internal.link;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/**
 * The failures of the connection to NATS that were logged. Each is logged once until NATS is
 * reached. Owned by a {@link NatsLink}; safe for all threads.
 */
final class LoggedFailures {
  private static final int MAX_LOGGED = 16;

  private final Logger log;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  LoggedFailures(Logger log) {
    this.log = log;
  }

  /** Logs a failure, unless it was logged since NATS was reached. */
  void add(String failure) {
    if (logged.size() < MAX_LOGGED && logged.add(failure)) {
      log.warn(failure);
    }
  }

  /** NATS is reached: each failure is logged again. */
  void clear() {
    logged.clear();
  }
}
