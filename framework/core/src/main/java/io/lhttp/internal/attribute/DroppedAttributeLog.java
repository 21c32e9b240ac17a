package io.lhttp.internal.attribute;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs dropped attributes, once a minute for each name and class, because each connection may have
 * one. All threads may use it.
 */
public final class DroppedAttributeLog {
  private static final Logger log = LoggerFactory.getLogger(DroppedAttributeLog.class);
  private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

  /** The most pairs of name and class that get a line of their own in a minute. */
  private static final int MOST = 64;

  /**
   * For each pair of name and class the time of its last line. Guarded by the lock of the map
   * itself.
   */
  private static final Map<String, Long> SAID = new HashMap<>();

  private DroppedAttributeLog() {}

  /**
   * @param className the class that was replaced, or that could not take the value over
   */
  public static void log(String name, String className, String reason) {
    if (due(name + '\n' + className)) {
      log.warn("dropped an attribute name={} class={} because {}", name, className, reason);
    }
  }

  /**
   * The name of the value's class. Each lambda has a class of its own, whose name differs from one
   * version of the code to the next; it counts as the class that contains it.
   */
  public static String className(Object value) {
    var type = value.getClass();
    var name = type.getName();
    var lambda = type.isHidden() ? name.indexOf("$$Lambda") : -1;
    return lambda < 0 ? name : name.substring(0, lambda);
  }

  private static boolean due(String cause) {
    var now = System.nanoTime();
    synchronized (SAID) {
      var last = SAID.get(cause);
      if (last != null && now - last < PAUSE) {
        return false;
      }
      if (SAID.size() >= MOST) {
        SAID.values().removeIf(at -> now - at >= PAUSE);
      }
      if (SAID.size() >= MOST) {
        return false;
      }
      SAID.put(cause, now);
      return true;
    }
  }
}
