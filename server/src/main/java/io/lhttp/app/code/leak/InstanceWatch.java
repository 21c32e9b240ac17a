package io.lhttp.app.code.leak;

import io.lhttp.HandsOver;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.code.origin.ThreadOrigin;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Watches over closed instances of users' classes, as long as these classes are in use: those whose
 * options changed, or whose link left the chain. It holds instances weakly; {@link
 * ClassLoaderWatch} owns it. All threads may use it; one thread looks.
 *
 * <p>Threads that run and that the construction of an instance has started are named some seconds
 * after its close. A garbage collection has to prove that an instance is held, before the watch
 * searches for another holder.
 */
public final class InstanceWatch {
  /** The first time that an instance rests which a late exchange uses; the time doubles. */
  private static final Duration FIRST_REST = Duration.ofMinutes(1);

  private static final Duration LAST_REST = Duration.ofHours(1);

  private final Supplier<List<Root>> places;
  private final Predicate<Object> pinned;
  private final UnloadingProbe unloading;
  private final LeakLog leaks;

  /** Guarded by the lock of this object. */
  private final List<Closed> closed = new ArrayList<>();

  /** A closed instance. Only the thread that looks uses the fields that change. */
  private static final class Closed {
    final WeakReference<Object> object;
    final WeakReference<ClassLoader> loader;
    final String kind;
    final String name;
    final String className;

    /** The time of the first look at it; null before. */
    @Nullable Long since;

    /** The mark for {@link UnloadingProbe#since}; null until the instance got time to end. */
    @Nullable Long mark;

    int proofs;
    Duration rest = FIRST_REST;

    /** Whether only soft references hold it, which the JVM clears when it needs memory. */
    boolean soft;

    /** The construction that its threads have inherited; null if there are none. */
    volatile @Nullable ThreadOrigin origin;

    /** The threads that were found, held weakly; null before the search for them. */
    volatile @Nullable List<WeakReference<Thread>> threads;

    /** The time at which a proof left its idle threads; null before. */
    @Nullable Long idleSince;

    boolean idleSearched;

    /** Whether the running chain uses it, because it has handed something over. */
    volatile boolean takenOver;

    /** The reason why it is still in memory; null until a search finds one. */
    volatile @Nullable HoldReason hold;

    Closed(String kind, String name, Object link, ClassLoader loader) {
      this.object = new WeakReference<>(link);
      this.loader = new WeakReference<>(loader);
      this.kind = kind;
      this.name = name;
      this.className = link.getClass().getName();
      // threads of a link that hands over may belong to its successor
      this.origin = link instanceof HandsOver ? null : ThreadOrigin.of(link).orElse(null);
    }

    boolean inMemory() {
      return !object.refersTo(null);
    }

    /** Whether threads that it has started may still run. */
    boolean hasThreads() {
      var found = threads;
      return found == null ? origin != null : found.stream().anyMatch(Closed::runs);
    }

    private static boolean runs(WeakReference<Thread> reference) {
      var thread = reference.get();
      return thread != null && thread.isAlive();
    }

    boolean open() {
      return hold == null && !soft && !takenOver;
    }

    void forget() {
      since = null;
      mark = null;
      proofs = 0;
      hold = null;
    }

    /** Lets it rest for a time that grows, because an exchange still uses it. */
    void rest(long nanoTime) {
      forget();
      since = nanoTime + rest.toNanos();
      rest = rest.multipliedBy(2).compareTo(LAST_REST) < 0 ? rest.multipliedBy(2) : LAST_REST;
    }

    String inWords() {
      return "%s=%s class=%s".formatted(kind, name, className);
    }
  }

  /**
   * @param places gives further roots, such as the running chain
   * @param pinned tells whether an exchange still runs in a closed instance
   */
  InstanceWatch(
      Supplier<List<Root>> places,
      Predicate<Object> pinned,
      UnloadingProbe unloading,
      LeakLog leaks) {
    this.places = places;
    this.pinned = pinned;
    this.unloading = unloading;
    this.leaks = leaks;
  }

  /**
   * Watches a link from now on, which was closed and will not be used again. Links that are no
   * users' classes are left out.
   *
   * @param kind {@code filter} or {@code processor}
   */
  public synchronized void closed(String kind, String name, Object link) {
    closed.stream()
        .filter(one -> one.kind.equals(kind) && one.name.equals(name))
        .forEach(one -> one.takenOver = false); // its successor may be the one that was closed
    var loader = link.getClass().getClassLoader();
    if (loader != null && !UserCode.allClassNames(loader).isEmpty()) {
      closed.add(new Closed(kind, name, link, loader));
    }
  }

  /** The number of closed instances in memory, held or not collected yet. */
  public int count() {
    return (int) known().stream().filter(Closed::inMemory).count();
  }

  /** The number of closed instances whose holder is known, by the kind of the holder. */
  public Map<String, Integer> held() {
    return HolderKind.count(known().stream().flatMap(one -> Stream.ofNullable(one.hold)));
  }

  private synchronized List<Closed> known() {
    closed.removeIf(one -> !one.inMemory() && !one.hasThreads());
    return List.copyOf(closed);
  }

  /**
   * Searches for threads of closed instances, and for the holders of instances that a garbage
   * collection has left in memory.
   *
   * @param loaders the class loaders in use; the watch of class loaders looks after replaced ones
   * @param used returns those of the threads that the running code uses
   */
  void look(
      Set<ClassLoader> loaders,
      Collection<UserCode> inUse,
      UnaryOperator<Set<Thread>> used,
      long nanoTime) {
    var first = new ArrayList<Closed>();
    var fresh = new ArrayList<Closed>();
    var due = new ArrayList<Closed>();
    for (var one : known()) {
      // unlike refersTo(), get() would keep the instance in memory during a collection
      if (loaders.stream().noneMatch(one.loader::refersTo)) {
        one.forget();
        one.origin = null;
        one.threads = List.of();
      } else if (one.open() && one.since == null) {
        one.since = nanoTime;
      } else if (one.open() && waited(one, ClassLoaderWatch.PATIENCE, nanoTime)) {
        if (one.threads == null) {
          first.add(one);
        }
        if (one.mark == null) {
          fresh.add(one);
        } else if (unloading.since(one.mark)) {
          due.add(one);
        }
      }
    }
    searchThreads(first, LoaderThreads::running, used);
    searchThreads(idle(due, nanoTime), LoaderThreads::idle, used);
    due.removeIf(one -> !one.open());
    if (!fresh.isEmpty()) {
      var mark = unloading.mark();
      fresh.forEach(one -> one.mark = mark);
    }
    search(due, inUse, nanoTime);
  }

  /**
   * Returns those whose idle threads are due: the JDK had time to end the threads of executors and
   * clients that were collected.
   */
  private static List<Closed> idle(List<Closed> proven, long nanoTime) {
    var idle = new ArrayList<Closed>();
    for (var one : proven) {
      if (one.idleSince == null) {
        one.idleSince = nanoTime;
      } else if (!one.idleSearched
          && nanoTime - one.idleSince >= ClassLoaderWatch.PATIENCE.toNanos()) {
        one.idleSearched = true;
        idle.add(one);
      }
    }
    return idle;
  }

  private static boolean waited(Closed one, Duration time, long nanoTime) {
    return one.since != null && nanoTime - one.since >= time.toNanos();
  }

  /** Whether an instance has waited too long for a garbage collection. */
  boolean late(long nanoTime) {
    return known().stream()
        .anyMatch(one ->
            one.open()
                && one.mark != null
                && (one.inMemory() || one.idleSince == null)
                && waited(one, ClassLoaderWatch.COLLECTION, nanoTime));
  }

  /**
   * Logs the threads of closed instances that the running code does not use.
   *
   * @param describe describes those of the threads that this search is for
   */
  private void searchThreads(
      List<Closed> instances,
      Function<List<LoaderThreads.Stack>, List<HoldReason>> describe,
      UnaryOperator<Set<Thread>> used) {
    var origins = Collections.newSetFromMap(new IdentityHashMap<ThreadOrigin, Boolean>());
    for (var one : instances) {
      var origin = one.origin;
      if (origin == null) {
        one.threads = List.of();
      } else {
        origins.add(origin);
      }
    }
    if (origins.isEmpty()) {
      return;
    }
    var found = LoaderThreads.of(origins);
    var all = found.values().stream().flatMap(List::stream).collect(Collectors.toSet());
    var kept = all.isEmpty() ? Set.of() : used.apply(all);
    for (var one : instances) {
      var origin = one.origin;
      if (origin != null) {
        var threads = found.getOrDefault(origin, List.of());
        one.threads = threads.stream().map(WeakReference::new).toList();
        var left = threads.stream().filter(thread -> !kept.contains(thread));
        var holds = describe.apply(left.map(LoaderThreads.Stack::of).toList());
        if (!holds.isEmpty()) {
          one.hold = holds.getFirst();
          leaks.threads(one.inWords(), holds);
        }
      }
    }
  }

  private void search(List<Closed> due, Collection<UserCode> inUse, long nanoTime) {
    var open = new IdentityHashMap<Object, Closed>();
    for (var one : due) {
      var object = one.object.get();
      if (object != null && pinned.test(object)) {
        one.rest(nanoTime);
      } else if (object != null) {
        one.proofs++;
        open.put(object, one);
      }
    }
    if (open.isEmpty()) {
      return;
    }
    removeTakenOver(open, inUse);
    var walk = HeapWalk.forObjects(open.keySet());
    walk(walk, inUse);
    walk.foundObjects().forEach((object, hold) -> held(open.remove(object), hold));
    if (!open.isEmpty()) {
      var soft = HeapWalk.forObjects(open.keySet(), true);
      walk(soft, inUse);
      for (var object : soft.foundObjects().keySet()) {
        Objects.requireNonNull(open.remove(object)).soft = true;
      }
    }
    unknown(open);
  }

  /**
   * Removes the instances that have handed over something which leads the running chain to them.
   */
  private void removeTakenOver(Map<Object, Closed> open, Collection<UserCode> inUse) {
    var handing = open.keySet().stream().filter(HandsOver.class::isInstance).toList();
    if (!handing.isEmpty()) {
      var walk = HeapWalk.forObjects(handing);
      // the running chain most probably leads to them, so that the search ends early
      walk.fromPlaces(places.get());
      walk.fromPlaces(Roots.code(inUse));
      for (var object : walk.foundObjects().keySet()) {
        var one = Objects.requireNonNull(open.remove(object));
        one.forget();
        one.takenOver = true;
      }
    }
  }

  private void walk(HeapWalk walk, Collection<UserCode> inUse) {
    walk.fromRegistrations(Roots.registrations());
    walk.fromRegistrations(Roots.beans());
    walk.fromRunning(inUse, places.get());
    walk.fromPlaces(Roots.threads());
  }

  /** Gives up on instances that survived enough collections, and lets the others wait for more. */
  private void unknown(Map<Object, Closed> open) {
    var mark = open.isEmpty() ? 0 : unloading.next();
    var stacks = open.isEmpty() ? List.<LoaderThreads.Stack>of() : LoaderThreads.usersStacks();
    open.forEach((object, one) -> {
      one.mark = mark;
      if (one.proofs >= ClassLoaderWatch.PROOFS) {
        held(one, ClassLoaderWatch.unknown("it", List.of(one.className), stacks));
      }
    });
  }

  private void held(@Nullable Closed one, HoldReason hold) {
    if (one != null) {
      one.hold = hold;
      leaks.heldInstance(one.inWords(), hold);
    }
  }
}
