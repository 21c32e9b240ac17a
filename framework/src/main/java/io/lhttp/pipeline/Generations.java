package io.lhttp.pipeline;

import io.lhttp.Filter;
import io.lhttp.Processor;
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
    var old = current;
    current = build(old.pipeline().generation() + 1, spec, old.instances());
    old.retire();
    scheduler.schedule(old::end, deadline);
    return current.pipeline();
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
