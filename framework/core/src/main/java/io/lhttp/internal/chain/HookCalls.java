package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.internal.measure.InnermostFrame;
import io.lhttp.internal.measure.VirtualThreads;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of {@code onLeave}, {@code onJoin} and {@code onReview} for open connections, each on a
 * virtual thread of its own. A call that hangs is left behind there and counts as failed, so that
 * its connection continues. One object for each server; all threads may use it.
 *
 * <p>The log gets one line for a link's method, not one for each connection. The timers run on a
 * platform thread of the JDK, because hanging calls may hold all carriers.
 */
public final class HookCalls {
  private static final Logger log = LoggerFactory.getLogger(HookCalls.class);

  private static final Duration TIME = Duration.ofSeconds(10);

  /**
   * The time after which a call that was left behind is interrupted if it waits; until then it may
   * finish its work. A call that computes is interrupted at once, because it holds a carrier.
   */
  private static final Duration GRACE = Duration.ofSeconds(20);

  /** The pauses between two log lines about one method double from this pause to the last. */
  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

  private static final Duration LAST_PAUSE = Duration.ofHours(1);

  /** While this many calls of a method hang, the method is called for no other connection. */
  private static final int MOST_HUNG = 1_000;

  /** A late call that waits for a carrier is checked this many times within {@link #time}. */
  private static final int LOOKS = 10;

  private final Duration time;
  private final Duration grace;

  /** The methods that run. Guarded by this object's lock. */
  private final Map<Key, Group> groups = new HashMap<>();

  public HookCalls() {
    this(TIME, GRACE);
  }

  /**
   * @param time the time that a call may take; after it the call counts as hanging
   * @param grace the time from then on until a call that waits is interrupted
   */
  HookCalls(Duration time, Duration grace) {
    this.time = time;
    this.grace = grace;
  }

  /** A method of a link; equal only for the same object. */
  private record Key(Object link, String event) {
    @Override
    @SuppressWarnings("ReferenceEquality") // no equals of users may run
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && link == key.link && event.equals(key.event);
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(link) ^ event.hashCode();
    }
  }

  /** The calls of one method of one link. Guarded by the lock of {@link HookCalls}. */
  private static final class Group {
    final String kind;
    final String name;
    final String className;
    final String method;

    /** The calls that run, in the order of their beginnings; as many as connections at most. */
    final Set<Call> running = new LinkedHashSet<>();

    /** The running calls that hang, in the order in which they were left behind. */
    final Set<Call> left = new LinkedHashSet<>();

    /** The number of calls that hung since no call ran. */
    int hung;

    /** The number of calls that hung while they computed. */
    int computed;

    /** Whether the log has named the method, and a timer will name it again. */
    boolean logged;

    /** Whether the log says that the method {@link #refuses}. */
    boolean refused;

    Group(HookMethod method) {
      kind = method.failures().kind();
      name = method.failures().name();
      className = method.link().getClass().getName();
      this.method = method.name();
    }

    /** Whether no other call should begin, because earlier ones hang. */
    boolean refuses() {
      return left.size() >= MOST_HUNG || computed >= Runtime.getRuntime().availableProcessors();
    }

    Call oldest() {
      return left.isEmpty() ? running.iterator().next() : left.iterator().next();
    }
  }

  /** A method that runs, at a moment. */
  private record Moment(Group group, Call oldest, int connections) {
    String inWords() {
      return "%s '%s' in %s() for %d connections since %s at %s"
          .formatted(
              group.kind,
              group.name,
              group.method,
              connections,
              oldest.since,
              InnermostFrame.of(oldest.thread));
    }
  }

  private final class Call implements Runnable {
    final Key key;
    final HookMethod method;
    final Thread thread;

    /** Whether the method has succeeded; false as soon as it hangs. */
    final CompletableFuture<Boolean> result = new CompletableFuture<>();

    /** Completed when the method has returned, or was not called. */
    final CompletableFuture<Boolean> gone = new CompletableFuture<>();

    volatile Instant since = now();
    volatile boolean left;
    private final Connection connection;
    private final int generation;
    private final Consumer<Thread> runsOn;

    Call(HookMethod method, Connection connection, int generation, Consumer<Thread> runsOn) {
      this.method = method;
      this.key = new Key(method.link(), method.event());
      this.connection = connection;
      this.generation = generation;
      this.runsOn = runsOn;
      this.thread =
          Thread.ofVirtual().name("lhttp-hook-" + method.failures().name()).unstarted(this);
    }

    @Override
    public void run() {
      var succeeded = false;
      try {
        since = now(); // because the thread may have waited for a carrier
        if (mayRun(this)) {
          runsOn.accept(thread);
          after(time, this, () -> late(this));
          succeeded = method.with(this::invoke).call(connection, generation);
        }
      } finally {
        end(this);
        result.complete(succeeded);
      }
    }

    /** Calls the link. An exception of a call that was left behind is no news. */
    private void invoke(Connection connection) throws Exception {
      try {
        method.hook().call(connection);
      } catch (Throwable thrown) {
        if (!left) {
          throw thrown;
        }
      }
    }

    private static Instant now() {
      return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
  }

  /**
   * Calls a method for a connection, and waits for it, but not if it hangs.
   *
   * @param runsOn gets the thread that acts for the connection: that of the call, then the calling
   *     one
   * @return false if the method threw, or hangs
   */
  boolean run(HookMethod method, Connection connection, int generation, Consumer<Thread> runsOn) {
    var call = new Call(method, connection, generation, runsOn);
    begin(call);
    call.thread.start();
    var unused = Thread.interrupted(); // another link may have interrupted it
    try {
      while (true) {
        try {
          return call.result.get();
        } catch (InterruptedException ignored) { // the server closes
          call.thread.interrupt();
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      runsOn.accept(Thread.currentThread());
    }
  }

  /**
   * Describes each method that hangs: its link, for how many connections, since when, and where.
   */
  public List<String> hanging() {
    return inWords(group -> !group.left.isEmpty());
  }

  /** Describes each method that runs, as {@link #hanging} does. */
  public List<String> running() {
    return inWords(group -> true);
  }

  private List<String> inWords(Predicate<Group> which) {
    return moments(which).stream().map(Moment::inWords).sorted().toList();
  }

  private synchronized List<Moment> moments(Predicate<Group> which) {
    return groups.values().stream()
        .filter(which)
        .map(group -> new Moment(group, group.oldest(), group.running.size()))
        .toList();
  }

  /** Runs a task later on a platform thread, unless the call has ended by then. */
  private static void after(Duration delay, Call call, Runnable task) {
    var unused =
        call.gone
            .copy()
            .orTimeout(delay.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((unusedResult, late) -> {
              if (late != null) {
                task.run();
              }
            });
  }

  private void late(Call call) {
    var thread = call.thread;
    var computes = thread.getState() == Thread.State.RUNNABLE;
    if (computes && !VirtualThreads.isMounted(thread)) {
      after(time.dividedBy(LOOKS), call, () -> late(call)); // it waits for a carrier
      return;
    }
    if (!leaveBehind(call, computes)) {
      return;
    }
    call.result.complete(false);
    if (computes) {
      thread.interrupt();
    } else {
      after(grace, call, thread::interrupt);
    }
  }

  /** Returns false if the call has returned just now. */
  private boolean leaveBehind(Call call, boolean computes) {
    @Nullable Group group;
    boolean first;
    boolean last;
    synchronized (this) {
      group = groups.get(call.key);
      if (group == null || !group.running.contains(call)) {
        return false;
      }
      call.left = true;
      group.left.add(call);
      group.hung++;
      group.computed += computes ? 1 : 0;
      first = !group.logged;
      group.logged = true;
      last = !group.refused && group.refuses();
      group.refused |= last;
    }
    call.method.failures().count();
    if (first) {
      logHanging(group, FIRST_PAUSE);
    }
    if (last) {
      log.error(
          "a link hangs so often in {}() that it is not called for other connections {}={} class={}",
          group.method,
          group.kind,
          group.name,
          group.className);
    }
    return true;
  }

  /** Logs that a method hangs, and again after a pause; ends when no call hangs any more. */
  private void logHanging(Group group, Duration pause) {
    Call oldest;
    int connections;
    synchronized (this) {
      if (group.left.isEmpty()) {
        group.logged = false;
        return;
      }
      oldest = group.oldest();
      connections = group.running.size();
    }
    log.error(
        "a link hangs in {}() and is left behind {}={} class={} since={} connections={} at={}",
        group.method,
        group.kind,
        group.name,
        group.className,
        oldest.since,
        connections,
        InnermostFrame.of(oldest.thread));
    var next = pause.compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
    CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS)
        .execute(() -> logHanging(group, next));
  }

  private synchronized void begin(Call call) {
    groups.computeIfAbsent(call.key, unused -> new Group(call.method)).running.add(call);
  }

  private synchronized boolean mayRun(Call call) {
    return !Objects.requireNonNull(groups.get(call.key)).refuses();
  }

  private void end(Call call) {
    boolean returned;
    synchronized (this) {
      var group = Objects.requireNonNull(groups.get(call.key));
      group.running.remove(call);
      group.left.remove(call);
      returned = group.hung > 0 && group.running.isEmpty();
      if (group.running.isEmpty()) {
        groups.remove(call.key);
      }
    }
    call.gone.complete(true);
    if (returned) {
      log.info(
          "a link that hung has returned from {}() {}={}",
          call.method.name(),
          call.method.failures().kind(),
          call.method.failures().name());
    }
  }
}
