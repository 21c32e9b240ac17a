package io.lhttp.internal.version;

import io.lhttp.chain.ChainSpec;
import io.lhttp.internal.measure.Meters;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The links that are not closed yet, with the generations and hand-overs that use them. It closes a
 * link after its last use, outside of its lock. {@link Generations} owns it, and may call it while
 * it holds its own lock; this object never calls back. All threads may use it.
 */
final class OpenLinks {
  /** The time that a link's {@code close()} may take; after it the call counts as hanging. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(10);

  /**
   * The same time at the server's end. It is shorter, so that the log names a link that hangs
   * before the process ends.
   */
  private static final Duration END_TIME = Duration.ofSeconds(4);

  /** The longest wait for all links that close at the server's end. */
  private static final Duration END_WAIT = Duration.ofSeconds(5);

  /**
   * The longest wait for links that a failed build created, so that as a rule they have let go of
   * their files and ports when the caller learns of the failure.
   */
  private static final Duration DISCARD_TIME = Duration.ofSeconds(1);

  /** The longest wait for a change of the generation at the server's end. */
  private static final Duration CHANGE_WAIT = Duration.ofSeconds(1);

  /** The pauses between the looks at overdue exchanges double from the first to the last. */
  private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

  private static final Duration LAST_LOOK = Duration.ofMinutes(1);

  private final HangWatch hangs = new HangWatch();
  private final StateOwners owners = new StateOwners();
  private final LinkCloser closer = new LinkCloser(hangs, this::linkClosed);
  private final ChangeRight right = new ChangeRight();
  private final Handover.Change changes = new Changes();
  private final Duration deadline;
  private final Generations.Scheduler scheduler;

  /** Guarded by this object's lock. */
  private final Meters meters;

  /** The generations whose links are not closed yet. Guarded by this object's lock. */
  private final Set<Generation> alive = new HashSet<>();

  /** Guarded by this object's lock. */
  private final UseCounts uses = new UseCounts();

  /**
   * The links that nothing uses after their part in a hand-over, and that a scheduled task closes.
   * Guarded by this object's lock.
   */
  private final Set<Instance> released = new HashSet<>();

  /**
   * The loaders of replaced classes, held weakly. A connection may still get values of theirs, from
   * a thread that outlives its generation. Guarded by this object's lock.
   */
  private final Set<ClassLoader> ended = Collections.newSetFromMap(new WeakHashMap<>());

  /**
   * The closed generations that exchanges still pinned at their deadline, held weakly. Guarded by
   * this object's lock.
   */
  private final Set<Generation> overdue = Collections.newSetFromMap(new WeakHashMap<>());

  private volatile ClosedLinks onLinkClosed = (kind, name, link) -> {};
  private volatile Consumer<Predicate<ClassLoader>> onClassesEnded = unused -> {};

  /**
   * @param meters the meters of all links
   * @param deadline the time after which a retired generation's links are closed, even if exchanges
   *     still run in it
   */
  OpenLinks(Meters meters, Duration deadline, Generations.Scheduler scheduler) {
    this.meters = meters;
    this.deadline = deadline;
    this.scheduler = scheduler;
  }

  /** See {@link Generations#onClassesEnded}. */
  void onClassesEnded(Consumer<Predicate<ClassLoader>> task) {
    onClassesEnded = task;
  }

  /** See {@link Generations#onLinkClosed}. */
  void onLinkClosed(ClosedLinks task) {
    onLinkClosed = task;
  }

  /**
   * Opens a generation with the links of a build.
   *
   * @param create creates the generation, under this object's lock
   * @return empty if a link that the build carries over was closed meanwhile
   */
  synchronized Optional<Generation> open(Build build, Function<Meters, Generation> create) {
    var instances = build.instances();
    for (var instance : instances) {
      if (!build.made(instance) && !uses.contain(instance)) {
        return Optional.empty();
      }
    }
    var generation = create.apply(meters);
    build.taken();
    uses.add(instances);
    ended.removeAll(Loaders.of(instances));
    alive.add(generation);
    return Optional.of(generation);
  }

  /** Returns a build of these links. The caller closes it. */
  Build build(ChainSpec spec, List<Instance> reusable) {
    return new Build(spec, reusable, this::discard, handover());
  }

  /** Returns a hand-over for one change of the generation. */
  Handover handover() {
    return new Handover(changes, owners, hangs);
  }

  /** Closes a generation's links without another use, later and without a lock. */
  void closeLater(Generation over) {
    scheduler.schedule(() -> close(unused(over)), Duration.ZERO);
  }

  /**
   * Retires a generation. The timer holds a weak reference, so that it does not keep the generation
   * in memory until the deadline.
   */
  void retire(Generation generation) {
    generation.retire();
    var late = new WeakReference<>(generation);
    scheduler.schedule(
        () -> {
          var still = late.get();
          if (still != null && !still.over()) {
            still.end();
            endOverdue(late, Collections.newSetFromMap(new WeakHashMap<>()), FIRST_LOOK);
          }
        },
        deadline);
  }

  /** Lets no further change of the generation begin, and waits a moment for the running one. */
  void endChanges() {
    right.close(CHANGE_WAIT);
  }

  /** Closes all links, and waits some seconds at most. No generation may begin meanwhile. */
  void closeAll() {
    var unused = new ArrayList<Instance>();
    synchronized (this) {
      unused.addAll(released);
      released.clear();
      // even if a hand-over hangs, which would otherwise keep its links open
      unused.addAll(uses.releaseAll());
      for (var generation : List.copyOf(alive)) {
        unused.addAll(unused(generation));
      }
    }
    closer.close(unused, END_TIME, END_WAIT);
  }

  /** The number of generations whose links are not closed. */
  synchronized int generations() {
    return alive.size();
  }

  /** Whether an exchange has pinned a generation on this stripe. */
  synchronized boolean pinned(int stripe) {
    return alive.stream().anyMatch(generation -> generation.pinned(stripe));
  }

  /** Whether an exchange that was overdue still runs in a closed link. */
  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  synchronized boolean pins(Object link) {
    overdue.removeIf(generation -> !generation.pinned());
    return overdue.stream()
        .flatMap(generation -> generation.instances().stream())
        .anyMatch(instance -> instance.object() == link);
  }

  /** The number of links whose {@code close()} runs and does not hang. */
  int closing() {
    return closer.running();
  }

  /** The number of threads that wait for another change of the generation. */
  int changesWaiting() {
    return right.waiting();
  }

  /** Describes each hanging call of a link for which the server has stopped to wait. */
  List<String> hanging() {
    return hangs.inWords();
  }

  /**
   * Ends exchanges that compute in closed links, and looks for others later, because an exchange
   * may wait for one that computes. Like the timer, the look keeps no generation in memory.
   *
   * @param found the threads that were interrupted already
   */
  private void endOverdue(
      WeakReference<Generation> late, Set<Thread> found, Duration untilNextLook) {
    var generation = late.get();
    if (generation == null || !generation.pinned()) {
      return;
    }
    OverdueExchanges.end(endedLinks(generation), found, hangs);
    if (untilNextLook.compareTo(LAST_LOOK) <= 0) {
      scheduler.schedule(
          () -> endOverdue(late, found, untilNextLook.multipliedBy(2)), untilNextLook);
    }
  }

  /** Returns the generation's links whose classes no other open generation uses. */
  private synchronized List<Instance> endedLinks(Generation generation) {
    var used = Collections.newSetFromMap(new IdentityHashMap<Class<?>, Boolean>());
    alive.stream()
        .filter(other -> !other.equals(generation))
        .flatMap(other -> other.instances().stream())
        .forEach(link -> used.add(link.object().getClass()));
    return generation.instances().stream()
        .filter(link -> !used.contains(link.object().getClass()))
        .toList();
  }

  private void linkClosed(Instance instance) {
    owners.closed(instance);
    onLinkClosed.closed(instance.kind(), instance.name(), instance.object());
  }

  private void closeReleased(Instance instance) {
    synchronized (this) {
      if (!released.remove(instance)) {
        return; // the end of the server has closed it
      }
    }
    close(List.of(instance));
  }

  private void close(List<Instance> unused) {
    closer.close(unused, CLOSE_TIME, CLOSE_TIME);
    if (classesEnded(unused)) {
      onClassesEnded.accept(this::hasEnded);
    }
  }

  private synchronized boolean hasEnded(ClassLoader loader) {
    return ended.contains(loader);
  }

  /** Returns whether there are replaced classes in memory. */
  private synchronized boolean classesEnded(List<Instance> unused) {
    var loaders = Loaders.of(unused);
    alive.forEach(generation -> loaders.removeAll(Loaders.of(generation.instances())));
    ended.addAll(loaders);
    return !ended.isEmpty();
  }

  /**
   * Closes links of a build that was not swapped in, except objects that a running generation uses
   * under another name.
   */
  private void discard(List<Instance> made) {
    var unused = new IdentityHashMap<Object, Instance>();
    synchronized (this) {
      for (var instance : made) {
        if (!uses.contain(instance)) {
          unused.putIfAbsent(instance.object(), instance);
          owners.remove(instance);
        }
      }
    }
    closer.close(unused.values(), CLOSE_TIME, DISCARD_TIME);
  }

  /** Ends a generation's uses of its links; returns the links without another use. */
  private synchronized List<Instance> unused(Generation generation) {
    if (!alive.remove(generation)) {
      return List.of();
    }
    if (generation.pinned()) {
      overdue.add(generation);
    }
    meters.retain(
        alive.stream().flatMap(living -> living.pipeline().meters()).collect(Collectors.toSet()));
    var unused = generation.instances().stream().filter(uses::end).toList();
    unused.forEach(owners::remove);
    return unused;
  }

  /** Finds the links that have to take over; they and their predecessors stay open for now. */
  private synchronized List<HandoverStep> plan(List<Instance> next, Predicate<Instance> isNew) {
    if (!next.stream().allMatch(link -> isNew.test(link) || uses.contain(link))) {
      return List.of();
    }
    var steps = owners.plan(next);
    for (var step : steps) {
      uses.hold(step.to);
      if (step.from != null) {
        uses.hold(step.from);
      }
    }
    return steps;
  }

  private synchronized boolean isOpen(Instance instance) {
    return uses.contain(instance);
  }

  /** Ends a link's part in a hand-over; returns whether nothing else uses it. */
  private synchronized boolean isUnused(Instance instance) {
    var unused = uses.release(instance);
    if (unused) {
      owners.remove(instance);
      released.add(instance);
    }
    return unused;
  }

  /** The uses of links by hand-overs. */
  private final class Changes implements Handover.Change {
    @Override
    public Optional<List<HandoverStep>> begin(
        List<Instance> next, Predicate<Instance> isNew, Duration wait) {
      return right.begin(wait) ? Optional.of(plan(next, isNew)) : Optional.empty();
    }

    @Override
    public void end() {
      right.end();
    }

    @Override
    public boolean isOpen(Instance instance) {
      return OpenLinks.this.isOpen(instance);
    }

    @Override
    public void release(Instance instance) {
      if (isUnused(instance)) {
        scheduler.schedule(() -> closeReleased(instance), Duration.ZERO);
      }
    }

    @Override
    public void discard(List<Instance> instances) {
      OpenLinks.this.discard(instances);
    }
  }
}
