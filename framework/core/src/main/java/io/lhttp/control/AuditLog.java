package io.lhttp.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest {@value #CAPACITY} audit events of one server. Each event is also logged. All threads
 * may use it, and no method blocks.
 */
public final class AuditLog {
  /** The number of events that are kept. */
  public static final int CAPACITY = 1_000;

  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  /** Oldest first. Guarded by this object's lock. */
  private final Deque<AuditEvent> events = new ArrayDeque<>();

  /** Adds an event, and forgets the oldest one beyond {@value #CAPACITY}. */
  public void add(AuditEvent event) {
    synchronized (this) {
      if (events.size() == CAPACITY) {
        events.removeFirst();
      }
      events.addLast(event);
    }
    log.atInfo()
        .addKeyValue("actor", event.actor().toString())
        .addKeyValue("method", event.method())
        .addKeyValue("target", event.target())
        .addKeyValue("result", event.result())
        .addKeyValue("servers", event.servers())
        .addKeyValue("silent", event.silent())
        .log("audit");
  }

  /** Returns the latest events, newest first. */
  public synchronized List<AuditEvent> latest(int count) {
    var latest = new ArrayList<AuditEvent>(Math.min(count, events.size()));
    var newestFirst = events.descendingIterator();
    while (latest.size() < count && newestFirst.hasNext()) {
      latest.add(newestFirst.next());
    }
    return latest;
  }
}
