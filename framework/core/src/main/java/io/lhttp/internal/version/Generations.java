package io.lhttp.internal.version;

import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.Tally;
import io.lhttp.internal.chain.Changed;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.Meters;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The generation that runs, and the way to the next one. A new one is built whole before one
 * reference is swapped; whatever goes wrong leaves the running one as it is. Safe for all threads.
 * No user's code runs under this lock: {@link Build} makes links, {@link Closing} closes them.
 */
public final class Generations implements AutoCloseable {
  /** Runs something later, on a thread that may wait. */
  @FunctionalInterface
  public interface Scheduler {
    void schedule(Runnable task, Duration delay);
  }

  /** So long those who close links at the end, or after a failure, wait for them. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

  private final Closing closing = new Closing(CLOSE_TIME);
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

  /** How the links that are on trial did before, and which these are, as bits. Guarded by this. */
  private Tally before = Tally.NONE;

  private long onTrial;

  /** Whether clients are counted. Guarded by this. */
  private boolean counting;

  /** Of the youngest generation, whether it runs or not. Guarded by this. */
  private int number;

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
    try (var first = new Build(spec, List.of(), this::discard)) {
      first.make();
      this.current = generation(first);
    }
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
   * Begins the next generation: {@link Build#make} makes its links, then {@link #swap(Build)} or
   * {@link #tryOut(Build)} puts it in the running one's place. What has the same name and
   * fingerprint is carried over as the same instance. The caller closes the build.
   */
  public synchronized Build prepare(ChainSpec spec) {
    var reusable = new ArrayList<>(current.instances());
    if (proven != null) {
      reusable.addAll(proven.instances());
    }
    return new Build(spec, reusable, this::discard);
  }

  /**
   * Puts the next generation in the running one's place.
   *
   * @return its pipeline; none where something that it carries over was closed since {@link
   *     #prepare}: then nothing has changed, and it is to be prepared again
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
   * As {@link #swap(Build)}, but the way back stays open until somebody says {@link #keep} or
   * {@link #rollBack}, or swaps. A chain that is tried out while another one is on trial leaves
   * open the way to the one before both.
   */
  public synchronized Optional<Pipeline> tryOut(Build build) {
    var old = current;
    var base = proven == null ? old : proven;
    if (!take(build)) {
      return Optional.empty();
    }
    var changed = Changed.between(base.pipeline(), current.pipeline());
    onTrial = current.pipeline().bits(changed);
    before = base.pipeline().clients().tally(base.pipeline().bits(changed));
    if (proven == null) {
      proven = old;
    } else {
      retire(old);
    }
    return Optional.of(current.pipeline());
  }

  /**
   * Makes the next generation on the calling thread and puts it in the running one's place.
   *
   * @return the new generation's pipeline
   * @throws ChainException where something can't be made; nothing has changed then
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
        var pipeline = put.apply(build);
        if (pipeline.isPresent()) {
          return pipeline.get();
        }
      }
    }
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
  public synchronized Optional<Pipeline> rollBack(int generation) {
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

  /**
   * Counts clients from now on, see {@link #tally}; what was counted before the last call is
   * forgotten. A generation on trial goes on with what it has counted.
   */
  public synchronized void countClients() {
    counting = true;
    if (proven == null) {
      current.pipeline().clients().turn();
    }
  }

  /**
   * Which clients the running generation has served. On trial, only failures of links count that
   * have changed.
   */
  public synchronized Tally tally() {
    return current.pipeline().clients().tally(proven == null ? Pipeline.ALL : onTrial);
  }

  /** How the links that are on trial did lately, in the generation before. */
  public synchronized Tally before() {
    return proven == null ? Tally.NONE : before;
  }

  /** Makes a build the running generation; false where it can't be, as it carries over the dead. */
  private boolean take(Build build) {
    for (var instance : build.instances()) {
      if (!build.made(instance) && !uses.containsKey(instance.object())) {
        return false;
      }
    }
    current = generation(build);
    return true;
  }

  /** A generation of what was made. */
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
                clients),
            instances,
            stripes,
            over -> scheduler.schedule(() -> close(over), Duration.ZERO));
    build.taken();
    number++;
    instances.forEach(instance -> uses.merge(instance.object(), 1, Integer::sum));
    alive.add(generation);
    return generation;
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

  /**
   * Closes what can be closed, and waits for it for some seconds at most; nothing may be pinned
   * afterwards.
   */
  @Override
  public void close() {
    var unused = new ArrayList<Instance>();
    synchronized (this) {
      for (var generation : List.copyOf(alive)) {
        unused.addAll(unused(generation));
      }
    }
    closing.close(unused);
  }

  /** Closes what no other generation uses; once per generation, and without the lock. */
  private void close(Generation generation) {
    closing.close(unused(generation));
  }

  /** Closes what was made for nothing, but for objects that run under another name. */
  private void discard(List<Instance> made) {
    var unused = new IdentityHashMap<Object, Instance>();
    synchronized (this) {
      for (var instance : made) {
        if (!uses.containsKey(instance.object())) {
          unused.putIfAbsent(instance.object(), instance);
        }
      }
    }
    closing.close(unused.values());
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
