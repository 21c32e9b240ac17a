package io.lhttp.app.code.leak;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why replaced classes and instances stay in memory. The same reason is logged for the first
 * three versions of the classes, and from then on for the 10th, the 100th and so on. Confined to
 * one thread.
 */
final class LeakLog {
  private static final Logger log = LoggerFactory.getLogger(ClassLoaderWatch.class);

  /** A log line names this many reasons of one class loader, and counts the other reasons. */
  private static final int MOST_NAMED = 3;

  private static final int MOST_TIMES = 3;

  /**
   * The most reasons that are counted at a time; beyond it the reason that was seen least recently
   * is forgotten.
   */
  private static final int MOST_KNOWN = 256;

  private final Map<String, Integer> times =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  /** Logs why a loader stays in memory, unless the same reasons were logged often. */
  void held(String classes, List<HoldReason> holds) {
    warn("replaced classes stay in memory", "classes=" + classes, holds);
  }

  /**
   * Logs why a closed instance stays in memory, unless the same reason was logged often.
   *
   * @param instance the kind and name of its link, and its class
   */
  void heldInstance(String instance, HoldReason hold) {
    warn("a replaced instance stays in memory", instance, List.of(hold));
  }

  /**
   * Logs the threads that a closed instance left behind, which need not refer to it.
   *
   * @param instance as for {@link #heldInstance}
   */
  void threads(String instance, List<HoldReason> threads) {
    warn("a replaced instance left threads behind", instance, threads);
  }

  /** Logs the idle threads that a loader left behind; they do not hold the loader. */
  void idle(String classes, List<HoldReason> threads) {
    warn("replaced classes left idle threads behind", "classes=" + classes, threads);
  }

  private void warn(String event, String subject, List<HoldReason> holds) {
    var most = 0;
    var due = false;
    var places = new HashSet<String>();
    for (var hold : holds) {
      if (places.size() < MOST_KNOWN && places.add(hold.place())) {
        var count = times.merge(event + subject + hold.place(), 1, Integer::sum);
        most = Math.max(most, count);
        due |= isDue(count);
      }
    }
    if (due) {
      log.warn("{} {} times={}: {}", event, subject, most, some(holds));
    }
  }

  private static boolean isDue(int count) {
    var rest = count;
    while (rest >= 10 && rest % 10 == 0) {
      rest /= 10;
    }
    return count <= MOST_TIMES || rest == 1;
  }

  /** Lists the first elements, and tells the number of the others. */
  static String some(List<?> all) {
    var named =
        all.stream().limit(MOST_NAMED).map(Object::toString).collect(Collectors.joining("; "));
    return all.size() > MOST_NAMED
        ? "%s; and %d more".formatted(named, all.size() - MOST_NAMED)
        : named;
  }
}
