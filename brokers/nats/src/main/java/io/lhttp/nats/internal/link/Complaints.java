package io.lhttp.nats.internal.link;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/**
 * The failures of the connection to NATS that were logged. Each is logged once until NATS is
 * reached. Owned by a {@link NatsLink}; safe for all threads.
 */
final class Complaints {
  private static final int MOST = 16;

  private final Logger log;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  Complaints(Logger log) {
    this.log = log;
  }

  void add(String complaint) {
    if (logged.size() < MOST && logged.add(complaint)) {
      log.warn(complaint);
    }
  }

  void clear() {
    logged.clear();
  }
}
