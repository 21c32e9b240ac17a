package io.lhttp.server.internal.lifecycle;

import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ClientCounts;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.version.Build;
import io.lhttp.internal.version.ClosedLinks;
import io.lhttp.internal.version.Generations;
import io.lhttp.internal.version.RollBack;
import io.lhttp.server.internal.connection.ServerContext;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Replaces the chain of a running server, and brings its open connections to the new one. The
 * server owns it, and all threads may use it.
 */
public final class ChainControl {
  private final ServerContext server;
  private final Generations generations;
  private final ConnectionUpdates updates;

  public ChainControl(ServerContext server) {
    this.server = server;
    this.generations = server.generations();
    this.updates = new ConnectionUpdates(server);
    generations.onReplaced(updates::replaced);
    generations.onClassesEnded(new ClassRelease(server)::release);
  }

  /**
   * From now on, clients get this description of a link's exception; for development.
   *
   * @param words called by any thread
   */
  public void describeFailures(Function<Throwable, String> words) {
    generations.failures().describe(words);
  }

  /** Sets the object that gets each link after its close. */
  public void onLinkClosed(ClosedLinks task) {
    generations.onLinkClosed(task);
  }

  /** Whether an exchange that was overdue still runs in a closed link. */
  public boolean pins(Object link) {
    return generations.pins(link);
  }

  /** The running chain. */
  public Pipeline pipeline() {
    return generations.pipeline();
  }

  /** See {@link io.lhttp.server.LhttpServer#swap}. */
  public Pipeline swap(ChainSpec chain) throws ChainException {
    var after = generations.swap(chain);
    updates.start();
    return after;
  }

  /**
   * Begins the next chain. {@link Build#make} creates its links, {@link Build#handOver} lets them
   * take over, then {@link #swap(Build)} or {@link #tryOut(Build)} puts it in place.
   *
   * <p>The caller closes the build.
   */
  public Build prepare(ChainSpec chain) {
    return generations.prepare(chain);
  }

  /**
   * As {@link #swap(ChainSpec)}, with links that exist already.
   *
   * @return the new pipeline; empty if a link that the build carries over was closed meanwhile.
   *     Then the caller has to prepare it again
   */
  public Optional<Pipeline> swap(Build build) {
    return put(generations::swap, build);
  }

  /**
   * As {@link #swap(Build)}, but on probation: {@link #rollBack} stays possible until {@link #keep}
   * or the next chain.
   */
  public Optional<Pipeline> tryOut(Build build) {
    return put(generations::tryOut, build);
  }

  /**
   * Builds the chain's links on the calling thread, and starts its probation.
   *
   * @throws ChainException if a filter or processor can't be created; the running chain stays then
   */
  public Pipeline tryOut(ChainSpec chain) throws ChainException {
    var after = generations.tryOut(chain);
    updates.start();
    return after;
  }

  private Optional<Pipeline> put(Function<Build, Optional<Pipeline>> way, Build build) {
    var next = way.apply(build);
    updates.start();
    return next;
  }

  /** Ends the probation and lets the generation stay. Does nothing if another generation runs. */
  public void keep(int generation) {
    generations.keep(generation);
  }

  /**
   * Rolls back the generation on probation: the generation before runs again, with its links.
   *
   * @return the pipeline that runs again; empty if another generation runs, or it is not on
   *     probation
   */
  public Optional<Pipeline> rollBack(int generation) {
    try (var back = prepareRollBack(generation)) {
      return back.handOver() ? rollBack(back) : Optional.empty();
    }
  }

  /**
   * Begins a rollback. {@link RollBack#handOver} lets links of the generation before take over,
   * then {@link #rollBack(RollBack)} lets it run again. The caller closes the rollback.
   */
  public RollBack prepareRollBack(int generation) {
    return generations.prepareRollBack(generation);
  }

  /** As {@link #rollBack(int)}, with links that have taken over; does not wait. */
  public Optional<Pipeline> rollBack(RollBack rollBack) {
    var back = generations.rollBack(rollBack);
    updates.start();
    return back;
  }

  /** The number of links whose {@code close()} runs and does not hang. */
  public int closing() {
    return generations.closing();
  }

  /**
   * Describes each hanging call of a link for which the server has stopped to wait: since when, and
   * in which line of the link's code.
   */
  public List<String> hanging() {
    return generations.hanging();
  }

  /** Describes the links' calls for open connections that run, as {@link #hanging} does. */
  public List<String> calls() {
    return generations.hookCalls().running();
  }

  /**
   * The number of connections that have not ended for all links, even if their sockets are closed.
   */
  public int unfinished() {
    return server.sessions().size();
  }

  /**
   * Counts clients from now on, for {@link #clientCounts}, and forgets earlier counts. A generation
   * on probation keeps its counts.
   */
  public void countClients() {
    generations.countClients();
  }

  /**
   * Returns the clients of the running generation, and those for whom a link threw. On probation,
   * only changed links count.
   */
  public ClientCounts clientCounts() {
    return generations.clientCounts();
  }

  /** Returns the counts of the links on probation in the generation before. */
  public ClientCounts before() {
    return generations.before();
  }
}
