package io.lhttp.pipeline;

import io.lhttp.Filter;
import io.lhttp.Processor;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The generation that runs, and the way to the next one. A new one is built whole before one
 * reference is swapped; whatever goes wrong leaves the running one as it is. Safe for all threads.
 */
public final class Generations implements AutoCloseable {
  /** Runs something later, on a thread that may wait. */
  @FunctionalInterface
  public interface Scheduler {
    void schedule(Runnable task, Duration delay);
  }

  private final int stripes;
  private final Duration deadline;
  private final Scheduler scheduler;
  private volatile Generation current;

  /** Guarded by this. */
  private final Meters meters;

  /**
   * The last generation that was not on trial, while the running one is: what comes back if that is
   * taken back. Guarded by this.
   */
  private @Nullable Generation proven;

  /** Of the youngest generation, whether it runs or not. Guarded by this. */
  private int number = 1;

  /** Those whose links are not closed yet. Guarded by this. */
  private final Set<Generation> alive = new HashSet<>();

  /** In how many places of living generations an object stands, by identity. Guarded by this. */
  private final IdentityHashMap<Object, Integer> uses = new IdentityHashMap<>();

  /**
   * @param stripes how many threads pin at the same time without sharing a counter
   * @param deadline after this time a generation that was replaced is closed, although exchanges
   *     still run in it
   * @throws ChainException where a filter or processor of the first generation can't be made
   */
  public Generations(ChainSpec spec, int stripes, Duration deadline, Scheduler scheduler)
      throws ChainException {
    this(spec, stripes, deadline, scheduler, true);
  }

  /**
   * @param statistics whether the links count what they do, see {@link Pipeline#statistics}
   */
  public Generations(
      ChainSpec spec, int stripes, Duration deadline, Scheduler scheduler, boolean statistics)
      throws ChainException {
    this.meters = new Meters(stripes, statistics);
    this.stripes = stripes;
    this.deadline = deadline;
    this.scheduler = scheduler;
    this.current = build(1, spec, List.of());
  }

  /** The running pipeline, for looking at. */
  public Pipeline pipeline() {
    return current.pipeline();
  }

  /** The running generation, which stays as it is until it is unpinned on the same stripe. */
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

  /** How many generations there are whose links are not closed: the running one, and older ones. */
  public synchronized int living() {
    return alive.size();
  }

  /** Whether anybody has pinned a generation, the running one or an older, on this stripe. */
  public synchronized boolean pinned(int stripe) {
    return alive.stream().anyMatch(generation -> generation.pinned(stripe));
  }

  /**
   * Builds the next generation and puts it in the running one's place. What has the same name and
   * fingerprint is carried over as the same instance.
   *
   * @return the new generation's pipeline
   * @throws ChainException where something can't be made; nothing has changed then
   */
  public synchronized Pipeline swap(ChainSpec spec) throws ChainException {
    var old = replace(spec);
    retire(old);
    settle();
    return current.pipeline();
  }

  /**
   * As {@link #swap}, but the way back stays open until somebody says {@link #keep} or {@link
   * #takeBack}, or swaps. A chain that is tried out while another one is on trial leaves open the
   * way to the one before both.
   */
  public synchronized Pipeline tryOut(ChainSpec spec) throws ChainException {
    var old = replace(spec);
    if (proven == null) {
      proven = old;
    } else {
      retire(old);
    }
    return current.pipeline();
  }

  /** Ends a generation's trial: it stays. Nothing happens where another one runs. */
  public synchronized void keep(int generation) {
    if (current.pipeline().generation() == generation) {
      settle();
    }
  }

  /**
   * Ends a generation's trial: the one before runs again, with its instances as they are.
   *
   * @return the pipeline that runs again; none where another one runs, or the way back is closed
   */
  public synchronized Optional<Pipeline> takeBack(int generation) {
    var back = proven;
    if (back == null || current.pipeline().generation() != generation) {
      return Optional.empty();
    }
    var condemned = current;
    current = back;
    proven = null;
    retire(condemned);
    return Optional.of(back.pipeline());
  }

  /** What became of the running generation's messages. */
  public Tally tally() {
    return current.tally();
  }

  /** Puts a new generation in the place of the running one, and returns that. */
  private Generation replace(ChainSpec spec) throws ChainException {
    var old = current;
    var reusable = new ArrayList<>(old.instances());
    if (proven != null) {
      reusable.addAll(proven.instances());
    }
    current = build(number + 1, spec, reusable);
    number++;
    return old;
  }

  private void settle() {
    if (proven != null) {
      retire(proven);
      proven = null;
    }
  }

  /** Until the deadline nothing but who runs in it keeps a generation in memory. */
  private void retire(Generation generation) {
    generation.retire();
    var late = new WeakReference<>(generation);
    scheduler.schedule(
        () -> {
          var still = late.get();
          if (still != null) {
            still.end();
          }
        },
        deadline);
  }

  /** Closes what can be closed, on the calling thread; nothing may be pinned afterwards. */
  @Override
  public void close() {
    List<Generation> all;
    synchronized (this) {
      all = List.copyOf(alive);
    }
    all.forEach(this::close);
  }

  private Generation build(int number, ChainSpec spec, List<Instance> running)
      throws ChainException {
    var instances = new ArrayList<Instance>();
    var made = new IdentityHashMap<Object, Instance>();
    var failures = new ArrayList<ChainException.Failure>();
    try {
      var filters = new ArrayList<Pipeline.NamedFilter>();
      for (var f : spec.filters()) {
        take("filter", f.name(), f.fingerprint(), f.make(), running, made, failures)
            .ifPresent(instance -> {
              instances.add(instance);
              filters.add(
                  new Pipeline.NamedFilter(f.name(), (Filter) instance.object(), f.onError()));
            });
      }
      var processors = new ArrayList<Pipeline.NamedProcessor>();
      for (var p : spec.processors()) {
        take("processor", p.command(), p.fingerprint(), p.make(), running, made, failures)
            .ifPresent(instance -> {
              instances.add(instance);
              processors.add(
                  new Pipeline.NamedProcessor(p.command(), (Processor) instance.object()));
            });
      }
      if (!failures.isEmpty()) {
        throw new ChainException(failures);
      }
      var generation =
          new Generation(
              new Pipeline(number, filters, processors, meters, spec.trace()),
              List.copyOf(instances),
              stripes,
              over -> scheduler.schedule(() -> close(over), Duration.ZERO));
      instances.forEach(instance -> uses.merge(instance.object(), 1, Integer::sum));
      alive.add(generation);
      return generation;
    } catch (ChainException | RuntimeException | Error e) {
      made.values().forEach(Instance::close);
      throw e;
    }
  }

  /**
   * The running instance, or a new one, which is then among {@code made} unless it runs already;
   * none where it can't be made: the failures say why, and the rest is tried, so that one reload
   * tells everything.
   */
  private Optional<Instance> take(
      String kind,
      String name,
      String fingerprint,
      Callable<?> make,
      List<Instance> running,
      IdentityHashMap<Object, Instance> made,
      List<ChainException.Failure> failures) {
    for (var instance : running) {
      if (instance.is(kind, name, fingerprint)) {
        return Optional.of(instance);
      }
    }
    try {
      var object = Objects.requireNonNull(make.call(), "its factory returned nothing");
      var instance = new Instance(kind, name, fingerprint, object);
      if (!uses.containsKey(object)) {
        made.putIfAbsent(object, instance);
      }
      return Optional.of(instance);
    } catch (Throwable cause) {
      failures.add(new ChainException.Failure(kind, name, cause));
      return Optional.empty();
    }
  }

  /** Closes what no other generation uses; once per generation, and without the lock. */
  private void close(Generation generation) {
    for (var instance : unused(generation)) {
      instance.close();
    }
  }

  private synchronized List<Instance> unused(Generation generation) {
    if (!alive.remove(generation)) {
      return List.of();
    }
    meters.retain(
        alive.stream().flatMap(living -> living.pipeline().meters()).collect(Collectors.toSet()));
    return generation.instances().stream()
        .filter(instance -> uses.merge(instance.object(), -1, Generations::sumOrNothing) == null)
        .toList();
  }

  private static @Nullable Integer sumOrNothing(Integer a, Integer b) {
    var sum = a + b;
    return sum == 0 ? null : sum;
  }
}
