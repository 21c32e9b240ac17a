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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The running generation, and the way to the next one; one for each server. All threads may use it.
 *
 * <p>A generation is built whole before one reference is swapped, so that a failure leaves the
 * running one alone. {@link OpenLinks} closes the links that no generation uses any more. Neither
 * creates or closes a link under its lock.
 */
public final class Generations implements AutoCloseable {
  /** Runs a task later, on a platform thread that may block. */
  @FunctionalInterface
  public interface Scheduler {
    void schedule(Runnable task, Duration delay);
  }

  private final HookCalls hookCalls = new HookCalls();
  private final FailureDetail failures = new FailureDetail();
  private final OpenLinks links;
  private final int stripes;
  private volatile Generation current;

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

  /** Whether no generation may begin any more. Guarded by this object's lock. */
  private boolean closed;

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
    this.links = new OpenLinks(new Meters(stripes, statistics), deadline, scheduler);
    this.stripes = stripes;
    try (var first = links.build(spec, List.of())) {
      first.make();
      first.handOver();
      this.current = links.open(first, meters -> generation(first, meters)).orElseThrow();
      this.number = current.pipeline().generation();
    }
  }

  /**
   * Sets the task that takes connections' values out of replaced classes. It runs on a thread that
   * may block, after the links of these classes are closed.
   */
  public void onClassesEnded(Consumer<Predicate<ClassLoader>> task) {
    links.onClassesEnded(task);
  }

  /** Sets the object that gets each link after its close. */
  public void onLinkClosed(ClosedLinks task) {
    links.onLinkClosed(task);
  }

  /** Whether an exchange that was overdue still runs in a closed link. */
  public boolean pins(Object link) {
    return links.pins(link);
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
  public int living() {
    return links.generations();
  }

  /** The number of links whose {@code close()} runs and does not hang. */
  public int closing() {
    return links.closing();
  }

  /** The number of threads that wait for another change of the generation. */
  int changesWaiting() {
    return links.changesWaiting();
  }

  /**
   * Describes each call of a link that hangs and was left behind: since when, and in which line of
   * its code.
   */
  public List<String> hanging() {
    return Stream.concat(links.hanging().stream(), hookCalls.hanging().stream()).toList();
  }

  /** Calls the links' methods for open connections. */
  public HookCalls hookCalls() {
    return hookCalls;
  }

  /** Whether an exchange has pinned a generation on this stripe. */
  public boolean pinned(int stripe) {
    return links.pinned(stripe);
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
    return links.build(spec, reusable);
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
    links.retire(old);
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
      links.retire(old);
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
    List<Instance> back =
        proven == null || current.pipeline().generation() != generation
            ? List.of()
            : proven.instances();
    return new RollBack(generation, back, links.handover());
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
    links.retire(condemned);
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
    var next = links.open(build, meters -> generation(build, meters));
    if (next.isEmpty()) {
      return false;
    }
    number = next.get().pipeline().generation();
    replace(next.get());
    return true;
  }

  private void replace(Generation next) {
    var before = current;
    current = next;
    onReplaced.accept(before, next);
  }

  /** Creates a generation from the links of a build. */
  private Generation generation(Build build, Meters meters) {
    var clients = new Clients();
    if (counting) {
      clients.turn();
    }
    return new Generation(
        new Pipeline(
            number + 1,
            build.filters(),
            build.processors(),
            meters,
            build.spec().trace(),
            clients,
            failures),
        build.instances(),
        stripes,
        links::closeLater);
  }

  private void settle() {
    if (proven != null) {
      links.retire(proven);
      proven = null;
    }
  }

  /**
   * Closes all links, and waits some seconds at most; no generation may be pinned afterwards. A
   * build that is not swapped in yet is refused, and its owner closes its links.
   */
  @Override
  public void close() {
    links.endChanges();
    synchronized (this) {
      closed = true;
    }
    links.closeAll();
  }
}
