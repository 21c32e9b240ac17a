package io.lhttp.internal.version;

import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ClientCounts;
import io.lhttp.internal.chain.ChangedLinks;
import io.lhttp.internal.chain.FailureDetail;
import io.lhttp.internal.chain.HookCalls;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.measure.Clients;
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
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The running generation, and the way to the next one; one for each server. All threads may use it.
 *
 * <p>A generation is built whole before one reference is swapped, so that a failure leaves the
 * running one alone. No code of users runs under the lock of this object.
 */
public final class Generations implements AutoCloseable {
  /** Runs a task later, on a platform thread that may block. */
  @FunctionalInterface
  public interface Scheduler {
    void schedule(Runnable task, Duration delay);
  }

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
  private final HookCalls hookCalls = new HookCalls();
  private final LinkCloser closer = new LinkCloser(hangs, this::linkClosed);

  private final ChangeRight right = new ChangeRight();
  private final int stripes;
  private final Duration deadline;
  private final Scheduler scheduler;
  private volatile Generation current;

  /** Guarded by this object's lock. */
  private final Meters meters;

  /**
   * The last proven generation while the running one is on probation; a rollback returns to it.
   * Guarded by this object's lock.
   */
  private @Nullable Generation proven;

  /**
   * The earlier counts of the links that are on probation, and these links as bits. Guarded by this
   * object's lock.
   */
  private ClientCounts before = ClientCounts.NONE;

  private long onTrial;

  /** Whether clients are counted. Guarded by this object's lock. */
  private boolean counting;

  /**
   * The number of the youngest generation, whether it runs or not. Guarded by this object's lock.
   */
  private int number;

  /** The generations whose links are not closed yet. Guarded by this object's lock. */
  private final Set<Generation> alive = new HashSet<>();

  /** Guarded by this object's lock. */
  private final UseCounts uses = new UseCounts();

  /**
   * The links that nothing uses after their part in a hand-over, and that a scheduled task closes.
   * Guarded by this object's lock.
   */
  private final Set<Instance> released = new HashSet<>();

  /** Whether no generation may begin any more. Guarded by this object's lock. */
  private boolean closed;

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

  private final FailureDetail failures = new FailureDetail();

  private volatile ClosedLinks onLinkClosed = (kind, name, link) -> {};

  private volatile Consumer<Predicate<ClassLoader>> onClassesEnded = unused -> {};

  private final Handover.Change changes =
      new Handover.Change() {
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
          synchronized (Generations.this) {
            return uses.contain(instance);
          }
        }

        @Override
        public void release(Instance instance) {
          if (isUnused(instance)) {
            scheduler.schedule(() -> closeReleased(instance), Duration.ZERO);
          }
        }

        @Override
        public void discard(List<Instance> instances) {
          Generations.this.discard(instances);
        }
      };

  private volatile BiConsumer<Generation, Generation> onReplaced = (before, after) -> {};

  /**
   * @param stripes the number of threads that pin without sharing a counter
   * @param deadline the time after which a retired generation's links are closed, even if exchanges
   *     still run in it
   * @throws ChainException if a filter or processor of the first generation can't be created
   */
  public Generations(ChainSpec spec, int stripes, Duration deadline, Scheduler scheduler)
      throws ChainException {
    this(spec, stripes, deadline, scheduler, true);
  }

  /**
   * @param statistics whether the links are metered, see {@link Pipeline#statistics}
   */
  public Generations(
      ChainSpec spec, int stripes, Duration deadline, Scheduler scheduler, boolean statistics)
      throws ChainException {
    this.meters = new Meters(stripes, statistics);
    this.stripes = stripes;
    this.deadline = deadline;
    this.scheduler = scheduler;
    try (var first = build(spec, List.of())) {
      first.make();
      first.handOver();
      this.current = generation(first);
    }
  }

  /**
   * Sets the task that takes connections' values out of replaced classes. It runs on a thread that
   * may block, after the links of these classes are closed.
   */
  public void onClassesEnded(Consumer<Predicate<ClassLoader>> task) {
    onClassesEnded = task;
  }

  /** Sets the object that gets each link after its close. */
  public void onLinkClosed(ClosedLinks task) {
    onLinkClosed = task;
  }

  /** Whether an exchange that was overdue still runs in a closed link. */
  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  public synchronized boolean pins(Object link) {
    overdue.removeIf(generation -> !generation.pinned());
    return overdue.stream()
        .flatMap(generation -> generation.instances().stream())
        .anyMatch(instance -> instance.object() == link);
  }

  /** Decides the outcome of a message whose link throws, for all generations. */
  public FailureDetail failures() {
    return failures;
  }

  /**
   * Sets the task that gets each replaced generation, before it is retired, and the one that runs
   * in its place. The task may pin the replaced generation, and returns at once.
   */
  public void onReplaced(BiConsumer<Generation, Generation> task) {
    onReplaced = task;
  }

  /** The running pipeline, for callers that only read from it and so need no pin. */
  public Pipeline pipeline() {
    return current.pipeline();
  }

  /**
   * Returns the running generation, whose links stay open until it is unpinned on the same stripe.
   */
  public Generation pin(int stripe) {
    while (true) {
      var generation = current;
      generation.pin(stripe);
      if (generation == current) {
        return generation;
      }
      generation.unpin(stripe);
    }
  }

  /** The number of generations whose links are not closed: the running one, and older ones. */
  public synchronized int living() {
    return alive.size();
  }

  /** The number of links whose {@code close()} runs and does not hang. */
  public int closing() {
    return closer.running();
  }

  /** The number of threads that wait for another change of the generation. */
  int changesWaiting() {
    return right.waiting();
  }

  /**
   * Describes each call of a link that hangs and was left behind: since when, and in which line of
   * its code.
   */
  public List<String> hanging() {
    return Stream.concat(hangs.inWords().stream(), hookCalls.hanging().stream()).toList();
  }

  /** Calls the links' methods for open connections. */
  public HookCalls hookCalls() {
    return hookCalls;
  }

  /** Whether an exchange has pinned a generation on this stripe. */
  public synchronized boolean pinned(int stripe) {
    return alive.stream().anyMatch(generation -> generation.pinned(stripe));
  }

  /**
   * Begins the next generation, whose links {@link Build#make} creates. Then {@link Build#handOver}
   * lets them take over, and {@link #swap(Build)} or {@link #tryOut(Build)} puts the generation in
   * place.
   *
   * <p>Links with the same name and fingerprint are carried over as the same instances. The caller
   * closes the build.
   */
  public synchronized Build prepare(ChainSpec spec) {
    var reusable = new ArrayList<>(current.instances());
    if (proven != null) {
      reusable.addAll(proven.instances());
    }
    return build(spec, reusable);
  }

  private Build build(ChainSpec spec, List<Instance> reusable) {
    return new Build(spec, reusable, this::discard, new Handover(changes, owners, hangs));
  }

  /**
   * Replaces the running generation.
   *
   * @return the new pipeline; empty if a link that it carries over was closed since {@link
   *     #prepare}. Then the caller has to prepare it again
   * @throws CancellationException if {@link #close} was called; the caller closes the build
   */
  public synchronized Optional<Pipeline> swap(Build build) {
    var old = current;
    if (!take(build)) {
      return Optional.empty();
    }
    retire(old);
    settle();
    return Optional.of(current.pipeline());
  }

  /**
   * As {@link #swap(Build)}, but on probation: {@link #rollBack} stays possible until {@link #keep}
   * or a swap. A second probation before the end of the first rolls back to the generation before
   * both.
   */
  public synchronized Optional<Pipeline> tryOut(Build build) {
    var old = current;
    var base = proven == null ? old : proven;
    if (!take(build)) {
      return Optional.empty();
    }
    var changed = ChangedLinks.between(base.pipeline(), current.pipeline());
    onTrial = current.pipeline().bits(changed);
    before = base.pipeline().clients().counts(base.pipeline().bits(changed));
    if (proven == null) {
      proven = old;
    } else {
      retire(old);
    }
    return Optional.of(current.pipeline());
  }

  /**
   * Builds the next generation on the calling thread and replaces the running one.
   *
   * @return the new generation's pipeline
   * @throws ChainException if a link can't be created; the running generation stays then
   */
  public Pipeline swap(ChainSpec spec) throws ChainException {
    return swap(spec, this::swap);
  }

  /** As {@link #swap(ChainSpec)}, for {@link #tryOut(Build)}. */
  public Pipeline tryOut(ChainSpec spec) throws ChainException {
    return swap(spec, this::tryOut);
  }

  private Pipeline swap(ChainSpec spec, Function<Build, Optional<Pipeline>> put)
      throws ChainException {
    while (true) {
      try (var build = prepare(spec)) {
        build.make();
        build.handOver();
        var pipeline = put.apply(build);
        if (pipeline.isPresent()) {
          return pipeline.get();
        }
      }
    }
  }

  /**
   * Ends a generation's probation and lets the generation stay. Does nothing if another generation
   * runs.
   */
  public synchronized void keep(int generation) {
    if (current.pipeline().generation() == generation) {
      settle();
    }
  }

  /**
   * Ends a generation's probation: the one before runs again, with its instances.
   *
   * @return the pipeline that runs again; empty if another generation runs, or none is on probation
   */
  public Optional<Pipeline> rollBack(int generation) {
    try (var back = prepareRollBack(generation)) {
      return back.handOver() ? rollBack(back) : Optional.empty();
    }
  }

  /**
   * Prepares the end of a generation's probation, for a caller with work between the two steps that
   * follow. {@link RollBack#handOver} lets the links of the generation before take over, then
   * {@link #rollBack(RollBack)} lets that generation run again.
   */
  public synchronized RollBack prepareRollBack(int generation) {
    List<Instance> links =
        proven == null || current.pipeline().generation() != generation
            ? List.of()
            : proven.instances();
    return new RollBack(generation, links, new Handover(changes, owners, hangs));
  }

  /** Lets the generation before run again, once its links have taken over. */
  public synchronized Optional<Pipeline> rollBack(RollBack rollBack) {
    var back = proven;
    if (closed || back == null || current.pipeline().generation() != rollBack.condemned()) {
      return Optional.empty();
    }
    rollBack.taken();
    var condemned = current;
    replace(back);
    proven = null;
    retire(condemned);
    return Optional.of(back.pipeline());
  }

  /**
   * Counts clients from now on, see {@link #clientCounts}, and forgets earlier counts. A generation
   * on probation keeps its counts.
   */
  public synchronized void countClients() {
    counting = true;
    if (proven == null) {
      current.pipeline().clients().turn();
    }
  }

  /**
   * Returns the clients of the running generation. On probation, only failures of changed links
   * count.
   */
  public synchronized ClientCounts clientCounts() {
    return current.pipeline().clients().counts(proven == null ? Pipeline.ALL : onTrial);
  }

  /** Returns the counts of the links on probation in the generation before. */
  public synchronized ClientCounts before() {
    return proven == null ? ClientCounts.NONE : before;
  }

  /** Makes a build the running generation; false if it carries over a link that is closed. */
  private boolean take(Build build) {
    if (closed) {
      throw new CancellationException("the server is closed");
    }
    for (var instance : build.instances()) {
      if (!build.made(instance) && !uses.contain(instance)) {
        return false;
      }
    }
    replace(generation(build));
    return true;
  }

  private void replace(Generation next) {
    var before = current;
    current = next;
    onReplaced.accept(before, next);
  }

  /** Creates a generation from the links of a build. */
  private Generation generation(Build build) {
    var instances = build.instances();
    var clients = new Clients();
    if (counting) {
      clients.turn();
    }
    var generation =
        new Generation(
            new Pipeline(
                number + 1,
                build.filters(),
                build.processors(),
                meters,
                build.spec().trace(),
                clients,
                failures),
            instances,
            stripes,
            over -> scheduler.schedule(() -> close(over), Duration.ZERO));
    build.taken();
    number++;
    uses.add(instances);
    ended.removeAll(Loaders.of(instances));
    alive.add(generation);
    return generation;
  }

  private void settle() {
    if (proven != null) {
      retire(proven);
      proven = null;
    }
  }

  /**
   * Retires a generation. The timer holds a weak reference, so that it does not keep the generation
   * in memory until the deadline.
   */
  private void retire(Generation generation) {
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

  /**
   * Closes all links, and waits some seconds at most; no generation may be pinned afterwards. A
   * build that is not swapped in yet is refused, and its owner closes its links.
   */
  @Override
  public void close() {
    right.close(CHANGE_WAIT);
    var unused = new ArrayList<Instance>();
    synchronized (this) {
      closed = true;
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

  /** Closes the links without another use; once for each generation, without the lock. */
  private void close(Generation generation) {
    close(unused(generation));
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

  /** Ends a link's part in a hand-over; returns whether nothing else uses it. */
  private synchronized boolean isUnused(Instance instance) {
    var unused = uses.release(instance);
    if (unused) {
      owners.remove(instance);
      released.add(instance);
    }
    return unused;
  }
}
