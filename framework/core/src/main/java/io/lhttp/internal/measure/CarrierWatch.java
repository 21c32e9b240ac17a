package io.lhttp.internal.measure;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.internal.text.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds code that computes on virtual threads so long that no other virtual thread runs, from a
 * thread of its own. Such code holds all carriers, the platform threads that run virtual threads.
 *
 * <p>Twice per limit the watch starts an empty virtual thread, which costs messages nothing. If
 * that thread does not run within the limit, the watch looks at all virtual threads. It blames
 * those that it sees on a carrier twice, and only if they used CPU time or wait themselves: on a
 * busy machine the carriers may wait for a CPU.
 */
public final class CarrierWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CarrierWatch.class);

  /** After this many limits the watch logs a stall even if the carriers have got no CPU. */
  private static final int STARVED = 20;

  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** The most threads that one line of the log names. */
  private static final int MOST_NAMED = 4;

  /** The most places in code whose last line of the log the watch remembers. */
  private static final int MOST_PLACES = 256;

  /** The virtual threads and their carriers, as the watch sees them. */
  interface Carriers {
    /** Runs a task on a virtual thread. */
    void start(Runnable task);

    Snapshot look();

    /** Whether {@link #look} sees the virtual threads. */
    boolean known();

    /** The CPU time of all carriers; below 0 if it is not known. */
    long cpuNanos();

    /** The number of carriers. */
    int count();
  }

  /**
   * The virtual threads at a moment.
   *
   * @param mounted those that hold a carrier
   * @param waiting the number of exchanges that could run and have no carrier
   */
  record Snapshot(List<Thread> mounted, int waiting) {}

  private final Duration limit;
  private final Carriers carriers;
  private final Function<StackTraceElement[], Optional<String>> linkOf;
  private final LongAdder stalls = new LongAdder();
  private volatile int waiting;
  private final WatchThread thread;

  // Only the thread that calls look() uses these fields.
  private @Nullable Probe probe;
  private @Nullable Suspects suspects;
  private boolean stalled;
  private boolean logged;
  private final Map<String, Long> lines = new HashMap<>();

  /** An empty task that waits for a carrier. */
  private static final class Probe implements Runnable {
    final long started;
    volatile boolean ran;

    Probe(long started) {
      this.started = started;
    }

    @Override
    public void run() {
      ran = true;
    }
  }

  /**
   * The threads that held carriers when the probe was late for the first time.
   *
   * @param cpu the CPU time of all carriers at that time
   */
  private record Suspects(Set<Thread> threads, long cpu) {}

  /**
   * @param limit the longest time that an exchange may wait for a carrier
   * @param linkOf finds the name of the link that runs, from a thread's stack
   */
  public CarrierWatch(Duration limit, Function<StackTraceElement[], Optional<String>> linkOf) {
    this(limit, linkOf, new VirtualThreadCarriers());
  }

  CarrierWatch(
      Duration limit, Function<StackTraceElement[], Optional<String>> linkOf, Carriers carriers) {
    this.limit = limit;
    this.linkOf = linkOf;
    this.carriers = carriers;
    this.thread =
        new WatchThread(
            "lhttp-carrier-watch",
            limit.dividedBy(2),
            new ErrorLog(log, "the watch over carrier threads"),
            this::look);
  }

  /** Starts a thread that checks the carriers twice in each limit, until the watch is closed. */
  public void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.close();
  }

  /** The exchanges that wait for a carrier, while all carriers are held for too long; else 0. */
  public int waiting() {
    return waiting;
  }

  /** The number of times that all carriers were held for too long. */
  public long stalls() {
    return stalls.sum();
  }

  /** Checks the carriers once. Always called by the same thread. */
  void look(long now) {
    var current = probe;
    if (current == null || current.ran) {
      if (logged) {
        log.info("virtual threads run again");
      }
      suspects = null;
      stalled = false;
      logged = false;
      waiting = 0;
      probe = new Probe(now);
      carriers.start(probe);
    } else if (now - current.started >= limit.toNanos()) {
      late(now, now - current.started);
    }
  }

  private void late(long now, long late) {
    var snapshot = carriers.look();
    var before = suspects;
    if (before == null) {
      suspects = new Suspects(Set.copyOf(snapshot.mounted()), carriers.cpuNanos());
      return;
    }
    var holding =
        snapshot.mounted().stream().filter(thread -> before.threads().contains(thread)).toList();
    if (holding.isEmpty() && !carriers.known()) {
      unknown(now, late);
      return;
    }
    if (holding.isEmpty()) {
      suspects = null; // the carriers are busy with many short tasks
      waiting = 0;
      return;
    }
    if (late >= STARVED * limit.toNanos() || !starved(before, holding)) {
      waiting = snapshot.waiting();
      count();
      log(now, late, holding);
    }
  }

  /**
   * Logs the stall without its cause: without the JVM's option, the watch can't tell one long
   * computation from many short tasks until the stall is long.
   */
  private void unknown(long now, long late) {
    if (late >= STARVED * limit.toNanos()) {
      count();
      if (isDue(now, "unknown")) {
        log.warn(
            "no virtual thread has run for {}; start the JVM with {} to see the code that holds"
                + " the carrier threads",
            DurationText.inWords(Duration.ofNanos(late)),
            VirtualThreads.OPTION);
      }
    }
  }

  private void count() {
    if (!stalled) {
      stalled = true;
      stalls.increment();
    }
  }

  /** Whether the threads could go on, and their carriers had no CPU for most of the limit. */
  private boolean starved(Suspects before, List<Thread> holding) {
    var cpu = carriers.cpuNanos();
    var each = limit.toNanos() / 4;
    return cpu >= 0
        && before.cpu() >= 0
        && cpu - before.cpu() < each * Math.min(holding.size(), carriers.count())
        && holding.stream().noneMatch(CarrierWatch::waitsItself);
  }

  /** Whether a thread waits without leaving its carrier, as in native code. */
  private static boolean waitsItself(Thread thread) {
    var stack = thread.getStackTrace();
    return thread.getState() != Thread.State.RUNNABLE
        || (stack.length > 0 && stack[0].isNativeMethod());
  }

  private void log(long now, long late, List<Thread> holding) {
    var stacks = holding.stream().map(Thread::getStackTrace).filter(one -> one.length > 0).toList();
    if (stacks.isEmpty()) {
      return;
    }
    if (!isDue(now, method(stacks.getFirst()))) {
      return;
    }
    var where = new Throwable("a carrier thread is held here");
    where.setStackTrace(stacks.getFirst());
    log.warn(
        "no virtual thread runs, because code holds all carrier threads exchanges-waiting={}"
            + " carriers={} held={} late={} by: {}",
        waiting,
        carriers.count(),
        holding.size(),
        DurationText.inWords(Duration.ofNanos(late)),
        words(stacks),
        where);
  }

  /**
   * Returns whether a line of the log about this place is due; if so, remembers the time of the
   * line.
   */
  private boolean isDue(long now, String place) {
    var last = lines.get(place);
    if (last != null && now - last < PAUSE.toNanos()) {
      return false;
    }
    lines.entrySet().removeIf(line -> now - line.getValue() >= PAUSE.toNanos());
    if (lines.size() < MOST_PLACES) {
      lines.put(place, now);
    }
    logged = true;
    return true;
  }

  /**
   * Returns the innermost method. Its line is left out, because it differs each time the watch
   * looks.
   */
  private static String method(StackTraceElement[] stack) {
    var frame = InnermostFrame.of(stack);
    return frame.substring(0, frame.indexOf('('));
  }

  private String words(List<StackTraceElement[]> stacks) {
    var places = new ArrayList<String>();
    for (var stack : stacks) {
      var link = linkOf.apply(stack).map(name -> "link '" + name + "' at ").orElse("");
      var words = link + InnermostFrame.of(stack);
      if (!places.contains(words)) {
        places.add(words);
      }
    }
    return places.stream().limit(MOST_NAMED).collect(Collectors.joining("; "));
  }

  /** The virtual threads of this process. */
  private static final class VirtualThreadCarriers implements Carriers {
    private static final int MOST_MOUNTED = 1_000;

    @Override
    public void start(Runnable task) {
      var unused = Thread.ofVirtual().name("lhttp-carrier-probe").start(task);
    }

    @Override
    public Snapshot look() {
      var mounted = new ArrayList<Thread>();
      var exchanges = new AtomicInteger();
      VirtualThreads.all()
          .forEach(thread -> {
            if (mounted.size() < MOST_MOUNTED && VirtualThreads.isMounted(thread)) {
              mounted.add(thread);
            } else if (thread.getName().startsWith(Threads.EXCHANGE)
                && thread.getState() == Thread.State.RUNNABLE) {
              exchanges.incrementAndGet();
            }
          });
      return new Snapshot(mounted, exchanges.get());
    }

    @Override
    public boolean known() {
      return VirtualThreads.known();
    }

    @Override
    public long cpuNanos() {
      return CarrierThreads.cpuNanos();
    }

    @Override
    public int count() {
      return CarrierThreads.parallelism();
    }
  }
}
