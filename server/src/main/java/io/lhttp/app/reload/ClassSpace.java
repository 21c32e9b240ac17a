package io.lhttp.app.reload;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The JVM's memory for classes, if it has a limit. A reload that would exceed the limit is refused
 * before it begins, because the server itself needs such memory, too. Confined to one thread at a
 * time.
 */
final class ClassSpace {
  private static final long MIB = 1 << 20;

  /** The part of a limit that reloads leave to the server, and its least size. */
  private static final int RESERVE = 32;

  private static final long LEAST_RESERVE = 2 * MIB;

  /** The assumed class memory of a reload in bytes, until a reload was measured. */
  private static final long FIRST_NEED = MIB;

  /** The number of latest reloads whose measured class memory is remembered. */
  static final int REMEMBERED = 5;

  /**
   * The most garbage collections that are requested in a row. A class loader that the first
   * collection sees in use may be unused for the next one.
   */
  private static final int COLLECTIONS = 2;

  /** The options of the JVM that set the limits of its pools, by the pools' names. */
  private static final Map<String, String> OPTIONS =
      Map.of(
          "Metaspace",
          "-XX:MaxMetaspaceSize",
          "Compressed Class Space",
          "-XX:CompressedClassSpaceSize");

  /**
   * One of the JVM's pools.
   *
   * @param max its limit in bytes
   */
  record Pool(String name, long used, long max) {
    long reserve() {
      return Math.max(LEAST_RESERVE, max / RESERVE);
    }
  }

  private final Supplier<List<Pool>> pools;
  private final Runnable collect;

  /** The bytes that recent reloads took, by pool, the oldest first. */
  private final Map<String, Deque<Long>> needs = new HashMap<>();

  ClassSpace() {
    this(ClassSpace::ofJvm, System::gc);
  }

  /**
   * @param pools returns the pools that have a limit
   * @param collect makes the JVM unload unused classes
   */
  ClassSpace(Supplier<List<Pool>> pools, Runnable collect) {
    this.pools = pools;
    this.collect = collect;
  }

  private static List<Pool> ofJvm() {
    var pools = new ArrayList<Pool>();
    for (var bean : ManagementFactory.getMemoryPoolMXBeans()) {
      if (bean.getType() == MemoryType.NON_HEAP && OPTIONS.containsKey(bean.getName())) {
        var usage = bean.getUsage();
        if (usage != null && usage.getMax() > 0) {
          pools.add(new Pool(bean.getName(), usage.getUsed(), usage.getMax()));
        }
      }
    }
    return pools;
  }

  /** Whether another version of the classes may not fit. */
  boolean mayBeShort() {
    return shortage().isPresent();
  }

  /**
   * Unloads unused classes if another version would not fit otherwise. Returns a description of the
   * pool that is still short.
   *
   * <p>If the pool has room for a version of usual size, its oldest remembered need is forgotten. A
   * refused reload measures no new need, so an estimate that is too high would otherwise refuse all
   * later reloads.
   */
  Optional<String> collected() {
    var lacking = shortage();
    for (var time = 0; time < COLLECTIONS && lacking.isPresent(); time++) {
      collect.run();
      lacking = shortage();
    }
    var reason = lacking.map(this::inWords);
    lacking.filter(pool -> fits(pool, FIRST_NEED)).ifPresent(pool -> needs(pool).poll());
    return reason;
  }

  private Optional<Pool> shortage() {
    return pools.get().stream().filter(pool -> !fits(pool, need(pool))).findFirst();
  }

  private static boolean fits(Pool pool, long need) {
    return pool.max() - pool.used() >= need + pool.reserve();
  }

  private String inWords(Pool pool) {
    return "the JVM's %s is short: %s of %s are used, and another version needs about %s beside a reserve of %s"
        .formatted(
            pool.name(), mib(pool.used()), mib(pool.max()), mib(need(pool)), mib(pool.reserve()));
  }

  /**
   * The second largest of the remembered needs, so that one version that needed much more than the
   * others does not count, and two do.
   */
  private long need(Pool pool) {
    var recent = needs(pool).stream().sorted(Comparator.reverseOrder()).limit(2).toList();
    return recent.isEmpty() ? FIRST_NEED : recent.getLast();
  }

  private Deque<Long> needs(Pool pool) {
    return needs.computeIfAbsent(pool.name(), _ -> new ArrayDeque<>());
  }

  /** Begins to measure the class memory of a reload; {@link Measured#done} ends the measurement. */
  Measured measure() {
    var before = new HashMap<String, Long>();
    pools.get().forEach(pool -> before.put(pool.name(), pool.used()));
    return () -> {
      for (var pool : pools.get()) {
        var used = pool.used() - before.getOrDefault(pool.name(), pool.used());
        if (used > 0) {
          var recent = needs(pool);
          recent.add(used);
          if (recent.size() > REMEMBERED) {
            recent.remove();
          }
        }
      }
    };
  }

  /** A measurement under way. */
  @FunctionalInterface
  interface Measured {
    /** Ends the measurement, and remembers the memory that was used since it began. */
    void done();
  }

  /** Advice for the operator. */
  static String advice() {
    return "end what holds them, or raise "
        + String.join(" or ", OPTIONS.values().stream().sorted().toList());
  }

  /** Whether the JVM had no memory for a class; other exhausted memory may end the process. */
  static boolean isExhausted(Throwable thrown) {
    return thrown instanceof OutOfMemoryError
        && ("Metaspace".equals(thrown.getMessage())
            || "Compressed class space".equals(thrown.getMessage()));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", (double) bytes / MIB);
  }
}
