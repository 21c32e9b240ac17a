package io.lhttp.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest audit events of one server: {@value #CAPACITY} of changes, and as many of publications
 * and questions, so that many of these displace no change. Each event is also logged: a change at
 * INFO, the others at DEBUG. All threads may use it, and no method blocks.
 */
public final class AuditLog {
  /** The number of events of each kind that are kept. */
  public static final int CAPACITY = 1_000;

  /** The methods that change no connection, history or server. */
  private static final Set<String> FREQUENT =
      Set.of(
          "publish",
          "broadcast",
          "revocations",
          "blocked",
          "presence",
          "presence-stats",
          "history",
          "channels",
          "connections",
          "info");

  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  /** An event with its place among all events. */
  private record Kept(long number, AuditEvent event) {}

  // Oldest first; guarded by this object's lock.
  private final Deque<Kept> changes = new ArrayDeque<>();
  private final Deque<Kept> others = new ArrayDeque<>();
  private long count;

  /** Adds an event. Beyond {@value #CAPACITY} of its kind, the oldest one is forgotten. */
  public void add(AuditEvent event) {
    var change = !FREQUENT.contains(event.method());
    synchronized (this) {
      var events = change ? changes : others;
      if (events.size() == CAPACITY) {
        events.removeFirst();
      }
      events.addLast(new Kept(++count, event));
    }
    (change ? log.atInfo() : log.atDebug())
        .addKeyValue("actor", event.actor())
        .addKeyValue("method", event.method())
        .addKeyValue("target", event.target())
        .addKeyValue("result", event.result())
        .addKeyValue("servers", event.servers().size())
        .addKeyValue("silent", event.silent())
        .log("audit");
  }

  /** Returns the latest events of all kinds, newest first. */
  public synchronized List<AuditEvent> latest(int most) {
    var latest = new ArrayList<AuditEvent>();
    var change = changes.descendingIterator();
    var other = others.descendingIterator();
    var nextChange = change.hasNext() ? change.next() : null;
    var nextOther = other.hasNext() ? other.next() : null;
    while (latest.size() < most && (nextChange != null || nextOther != null)) {
      if (nextOther == null || (nextChange != null && nextChange.number > nextOther.number)) {
        latest.add(Objects.requireNonNull(nextChange).event);
        nextChange = change.hasNext() ? change.next() : null;
      } else {
        latest.add(nextOther.event);
        nextOther = other.hasNext() ? other.next() : null;
      }
    }
    return latest;
  }
}
