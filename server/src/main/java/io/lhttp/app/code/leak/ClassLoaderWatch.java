package io.lhttp.app.code.leak;

import io.lhttp.app.code.UserCode;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the class loaders of code that was replaced, one for each server. It holds loaders
 * weakly. All threads may use it; one thread looks.
 *
 * <p>After all links of a replaced loader are closed, the watch undoes what it can: it deregisters
 * JDBC drivers and MBeans, cancels timers, and interrupts threads. Five seconds later it logs the
 * threads and the registrations that still hold the loader. It searches all other objects of the
 * server once a garbage collection has proved that the loader is held.
 */
public final class ClassLoaderWatch {
  private static final Logger log = LoggerFactory.getLogger(ClassLoaderWatch.class);

  /** The time that interrupted threads get to end, before the watch reports them. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * If the JVM has not collected garbage for this long while a replaced loader waits for that, the
   * watch asks the JVM to do so.
   */
  static final Duration COLLECTION = Duration.ofSeconds(20);

  /**
   * The shortest time between two such requests. Some collectors keep young objects for up to 15
   * collections, so that many are needed for a proof.
   */
  static final Duration PAUSE = Duration.ofSeconds(5);

  /** The pause after a request is at least this many times as long as the request took. */
  private static final int SHARE = 10;

  /**
   * If a loader survives this many proven collections and no search has found the reason, the watch
   * logs that it does not know the reason.
   */
  static final int PROOFS = 2;

  /** The most reasons that one description lists. */
  private static final int MOST_REASONS = 5;

  private final Supplier<? extends Collection<?>> places;
  private final Runnable collect;
  private final LeakLog leaks = new LeakLog();
  private final UnloadingProbe unloading = new UnloadingProbe();
  private final InstanceWatch instances;

  /** Guarded by the lock of this object. */
  private final List<Watched> watched = new ArrayList<>();

  // The time of the last request for a collection, and the pause after it. Only the thread that
  // calls look() uses the fields.
  private long asked;
  private long pause = PAUSE.toNanos();

  /**
   * A class loader of users' code, in use or replaced. Only the thread that calls {@link #look}
   * uses the fields that change.
   */
  private static final class Watched {
    final WeakReference<ClassLoader> loader;
    final String classes;

    /** The time at which the watch undid what the loader left behind; null before. */
    @Nullable Long undone;

    /** Whether the watch searched the registrations and threads for the loader. */
    boolean searched;

    /**
     * The mark for {@link UnloadingProbe#since}: a collection after it proves that the loader is
     * held.
     */
    long mark;

    int proofs;

    /**
     * Whether only soft references hold the loader, which the JVM clears when it needs memory. Such
     * a loader is no reason to search or to collect garbage again.
     */
    boolean soft;

    /** The reason why the loader is still in memory; null until a search finds one. */
    volatile @Nullable HoldReason hold;

    Watched(ClassLoader loader, String classes) {
      this.loader = new WeakReference<>(loader);
      this.classes = classes;
    }

    void inUse() {
      undone = null;
      searched = false;
      proofs = 0;
      soft = false;
      hold = null;
    }
  }

  /**
   * @param places gives further objects in which to search for replaced classes, such as the
   *     running chain
   * @param pinned tells whether an exchange still runs in a closed instance
   */
  public ClassLoaderWatch(Supplier<? extends Collection<?>> places, Predicate<Object> pinned) {
    this(places, pinned, System::gc);
  }

  /**
   * @param collect asks the JVM to collect garbage
   */
  ClassLoaderWatch(
      Supplier<? extends Collection<?>> places, Predicate<Object> pinned, Runnable collect) {
    this.places = places;
    this.collect = collect;
    this.instances = new InstanceWatch(this::placeRoots, pinned, unloading, leaks);
  }

  /** The watch over closed instances of classes that are in use. */
  public InstanceWatch instances() {
    return instances;
  }

  /** Watches the class loaders of code from now on. */
  public synchronized void add(UserCode code) {
    for (var loader : code.classLoaders()) {
      if (watched.stream().noneMatch(one -> one.loader.refersTo(loader))) {
        watched.add(new Watched(loader, UserCode.classNames(loader)));
      }
    }
  }

  /**
   * Undoes what replaced loaders left behind, and logs why such a loader stays in memory. One
   * thread calls this a few times a second.
   *
   * @param inUse returns all code that runs or may run again
   * @param closed whether all links of replaced code are closed
   * @param nanoTime the current time
   */
  public void look(
      Supplier<? extends Collection<UserCode>> inUse, BooleanSupplier closed, long nanoTime) {
    // the list is copied before the code in use is determined: a loader that another thread adds
    // meanwhile is not in the list, and so can't be mistaken for a replaced one
    var candidates = known();
    var code = inUse.get();
    var used = loaders(code);
    var replaced = new ArrayList<Watched>();
    for (var one : candidates) {
      // unlike refersTo(), get() would keep the loader in memory during a collection
      if (used.stream().anyMatch(one.loader::refersTo)) {
        one.inUse(); // a rollback may have put it in use again
      } else if (one.hold == null) {
        replaced.add(one);
      }
    }
    UnaryOperator<Set<Thread>> usedThreads = threads -> used(threads, code);
    replaced.stream()
        .filter(one -> one.undone == null)
        .forEach(one -> undo(one, closed, usedThreads, nanoTime));
    var due =
        replaced.stream()
            .filter(one ->
                !one.searched && one.undone != null && nanoTime - one.undone >= PATIENCE.toNanos())
            .toList();
    searchRegistrations(due, usedThreads);
    searchAll(replaced.stream().filter(this::survived).toList(), code);
    instances.look(used, code, usedThreads, nanoTime);
    collect(replaced, nanoTime);
  }

  private static Set<ClassLoader> loaders(Collection<UserCode> code) {
    return code.stream().flatMap(one -> one.classLoaders().stream()).collect(Collectors.toSet());
  }

  /** The loaders in memory. */
  private synchronized List<Watched> known() {
    watched.removeIf(one -> one.loader.refersTo(null));
    return List.copyOf(watched);
  }

  /**
   * Returns those of the threads that the running code refers to, because it has taken over the
   * executor or timer of replaced code.
   */
  private Set<Thread> used(Set<Thread> threads, Collection<UserCode> inUse) {
    var walk = HeapWalk.forObjects(threads);
    walk.fromRunning(inUse, placeRoots());
    return threads.stream().filter(walk.foundObjects()::containsKey).collect(Collectors.toSet());
  }

  private List<Root> placeRoots() {
    return places.get().stream()
        .map(place -> new Root(HolderKind.SERVER, place.getClass().getSimpleName(), place))
        .toList();
  }

  private void undo(
      Watched one, BooleanSupplier closed, UnaryOperator<Set<Thread>> used, long nanoTime) {
    if (!closed.getAsBoolean()) {
      return;
    }
    one.undone = nanoTime;
    var loader = one.loader.get();
    if (loader != null) {
      var undone =
          Stream.of(
                  Registrations.undoDrivers(loader),
                  Registrations.undoBeans(loader),
                  LoaderThreads.end(loader, used))
              .filter(kind -> !kind.isEmpty())
              .map(LeakLog::some)
              .collect(Collectors.joining("; "));
      if (!undone.isEmpty()) {
        log.warn(
            "replaced classes left registrations behind, which are undone now classes={}: {}",
            one.classes,
            undone);
      }
    }
  }

  /**
   * Logs, for each of these loaders, the threads that still run its code, and one registration of
   * each kind in the JVM that holds it.
   */
  private void searchRegistrations(List<Watched> due, UnaryOperator<Set<Thread>> used) {
    if (due.isEmpty()) {
      return;
    }
    var open = new IdentityHashMap<ClassLoader, Watched>();
    var running = new IdentityHashMap<ClassLoader, List<HoldReason>>();
    for (var one : due) {
      one.searched = true;
      var loader = one.loader.get();
      if (loader != null) {
        var stacks = LoaderThreads.stacks(loader);
        leaks.idle(one.classes, LoaderThreads.releaseIdle(stacks, used));
        open.put(loader, one);
        running.put(loader, LoaderThreads.running(stacks));
      }
    }
    if (!open.isEmpty()) {
      var walk = HeapWalk.forEveryKind(open.keySet());
      walk.fromRegistrations(Roots.registrations());
      open.forEach((loader, one) ->
          held(one, all(Objects.requireNonNull(running.get(loader)), walk.holds(loader))));
    }
    due.forEach(one -> one.mark = unloading.mark());
  }

  /** Adds those holds to the threads that run which are of other kinds. */
  private static List<HoldReason> all(List<HoldReason> running, Collection<HoldReason> found) {
    var all = new ArrayList<>(running);
    found.stream()
        .filter(hold -> running.stream().noneMatch(thread -> thread.by() == hold.by()))
        .forEach(all::add);
    return all;
  }

  /**
   * Whether a search is due again: the last one found no reason, and a garbage collection since
   * then left the loader in memory.
   */
  private boolean survived(Watched one) {
    return one.searched && !one.soft && one.hold == null && unloading.since(one.mark);
  }

  /**
   * Searches all objects that can be reached from the roots of the server for references to these
   * loaders.
   */
  private void searchAll(List<Watched> survivors, Collection<UserCode> inUse) {
    if (survivors.isEmpty()) {
      return;
    }
    var open = new IdentityHashMap<ClassLoader, Watched>();
    for (var one : survivors) {
      var loader = one.loader.get();
      if (loader != null) {
        open.put(loader, one);
        one.proofs++;
      }
    }
    walk(open.keySet(), false, inUse)
        .forEach((loader, hold) -> held(open.remove(loader), List.of(hold)));
    for (var loader : walk(open.keySet(), true, inUse).keySet()) {
      Objects.requireNonNull(open.remove(loader)).soft = true;
    }
    open.values().removeIf(one -> one.proofs < PROOFS);
    if (!open.isEmpty()) {
      var stacks = LoaderThreads.usersStacks();
      open.forEach((loader, one) ->
          held(one, List.of(unknown("them", UserCode.allClassNames(loader), stacks))));
    }
    var mark = unloading.next();
    survivors.forEach(one -> one.mark = mark);
  }

  private Map<ClassLoader, HoldReason> walk(
      Set<ClassLoader> loaders, boolean soft, Collection<UserCode> inUse) {
    if (loaders.isEmpty()) {
      return Map.of();
    }
    var walk = new HeapWalk(loaders, soft);
    walk.fromRegistrations(Roots.registrations());
    walk.fromRunning(inUse, placeRoots());
    walk.fromPlaces(Roots.threads());
    return walk.found();
  }

  /**
   * Describes a holder that no search found. Local variables of threads can't be read, so threads
   * that run the classes' code are named as suspects.
   *
   * @param held the word for what is held
   */
  static HoldReason unknown(
      String held, Collection<String> classNames, List<LoaderThreads.Stack> stacks) {
    var suspects = new ArrayList<>(LoaderThreads.suspects(classNames, stacks));
    var delayed = ForkJoinPool.commonPool().getDelayedTaskCount();
    if (delayed > 0) {
      suspects.add("one of %d delayed tasks of the JDK's common pool".formatted(delayed));
    }
    return new HoldReason(
        HolderKind.UNKNOWN,
        HolderKind.UNKNOWN.label,
        "the server does not find what holds %s%s; `jcmd %d GC.heap_dump FILE` shows it"
            .formatted(
                held,
                suspects.isEmpty() ? "" : ", perhaps " + LeakLog.some(suspects),
                ProcessHandle.current().pid()));
  }

  private void held(@Nullable Watched one, List<HoldReason> holds) {
    if (one != null && !holds.isEmpty()) {
      one.hold = holds.getFirst();
      leaks.held(one.classes, holds);
    }
  }

  /** Asks the JVM to collect garbage if a loader or instance has waited too long for that. */
  private void collect(List<Watched> replaced, long nanoTime) {
    var late =
        replaced.stream()
            .anyMatch(one ->
                one.undone != null
                    && !one.soft
                    && one.hold == null
                    && nanoTime - one.undone >= COLLECTION.toNanos());
    if ((late || instances.late(nanoTime)) && nanoTime - asked >= pause) {
      asked = nanoTime;
      unloading.prepare();
      var start = System.nanoTime();
      collect.run();
      pause = Math.max(PAUSE.toNanos(), SHARE * (System.nanoTime() - start));
    }
  }

  /**
   * The number of loaders in memory: those in use, and replaced ones that were not collected yet.
   */
  public int count() {
    return known().size();
  }

  /** The number of replaced loaders in memory. */
  public int replaced(Collection<UserCode> inUse) {
    var used = loaders(inUse);
    return (int)
        known().stream().filter(one -> used.stream().noneMatch(one.loader::refersTo)).count();
  }

  /** The number of replaced loaders whose holder is known, by the kind of the holder. */
  public Map<String, Integer> held() {
    return HolderKind.count(known().stream().flatMap(one -> Stream.ofNullable(one.hold)));
  }

  /** Describes the known reasons why replaced loaders stay in memory, the most frequent first. */
  public List<String> reasons() {
    var reasons = new TreeMap<String, List<HoldReason>>();
    for (var one : known()) {
      var hold = one.hold;
      if (hold != null) {
        reasons
            .computeIfAbsent(one.classes + ": " + hold.place(), _ -> new ArrayList<>())
            .add(hold);
      }
    }
    return reasons.values().stream()
        .sorted((a, b) -> b.size() - a.size())
        .limit(MOST_REASONS)
        .map(same -> same.size() + " by " + same.getFirst())
        .toList();
  }
}
