package io.lhttp.app.reload;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.code.leak.ClassLoaderWatch;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ProbationState.Outcome;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditEvent;
import io.lhttp.control.AuditLog;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.version.Build;
import io.lhttp.internal.version.RollBack;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.lifecycle.ChainControl;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.server.internal.limit.Counters;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces the running generation by one that is built from the application's folder, or changes
 * nothing if there is any error. It watches a new generation on probation, and rolls back to the
 * one before if links throw for a larger share of clients than before. All threads may use it.
 *
 * <p>A reload reads, compiles and builds on a thread of its own, without the lock of this object.
 * The lock is held only for the swap, and for reading the state. Hence only the caller of a reload
 * waits for users' code, at most until the deadline.
 */
public final class Reloader {
  private static final Logger log = LoggerFactory.getLogger(Reloader.class);

  /**
   * The length of a window of counts. A generation on probation is compared with the two windows
   * before the swap.
   */
  private static final Duration WINDOW = Duration.ofSeconds(30);

  /**
   * While this many links hang, no reload begins, because each hanging link holds a thread and its
   * classes.
   */
  private static final int MOST_HANGING = 32;

  /** The most hanging links that an error names. */
  private static final int NAMED = 3;

  private static final Actor SERVER = new Actor(Actor.Kind.SERVER, "");

  private final Mode mode;
  private final AuditLog audit;
  private final ChainControl control;
  private final Counters counters;
  private final FolderReader folder;
  private final LongSupplier nanoTime;
  private final Attempts attempts;
  private final ClassLoaderWatch loaders;
  private final ClassSpace space = new ClassSpace();

  /** Returns the number of generations whose links are open. */
  private final IntSupplier generations;

  /**
   * The settings of the server's start. Changed keys that need a restart are found by comparing
   * with them.
   */
  private final Settings started;

  /** Written with the lock of this object. */
  private volatile Application running;

  private volatile ReloadCounts counts = ReloadCounts.NONE;

  // Both fields are guarded by this object's lock.
  private Optional<Trial> trial = Optional.empty();
  private Optional<ProbationState> lastTrial = Optional.empty();
  private long windowBegan;

  /**
   * A probation under way.
   *
   * @param before the application to which a rollback returns
   */
  private record Trial(Probation probation, Application before) {}

  /**
   * @param running the application with which the server was started
   */
  public Reloader(
      Mode mode,
      Application running,
      LhttpServer server,
      FolderReader.Source source,
      LongSupplier nanoTime) {
    this(
        mode,
        running,
        server,
        source,
        nanoTime,
        CallerWait.of(running.settings().reload().deadline()));
  }

  /**
   * @param wait decides instead of the deadline how long callers wait
   */
  public Reloader(
      Mode mode,
      Application running,
      LhttpServer server,
      FolderReader.Source source,
      LongSupplier nanoTime,
      CallerWait wait) {
    this.mode = mode;
    this.audit = server.control().audit();
    this.running = running;
    this.started = running.settings();
    this.generations = () -> server.statistics().generations();
    this.control = ServerInternals.of(server).chain();
    this.loaders =
        new ClassLoaderWatch(() -> List.of(control.pipeline(), this, server), control::pins);
    control.onLinkClosed(loaders.instances()::closed);
    loaders.add(running.code());
    this.counters = ServerInternals.of(server).counters();
    this.folder = new FolderReader(source);
    this.nanoTime = nanoTime;
    this.attempts =
        new Attempts(started.reload().deadline(), () -> control.pipeline().generation(), wait);
    this.windowBegan = nanoTime.getAsLong();
    control.countClients();
  }

  /** As {@link #reload(Actor)}, for the server itself. */
  public ReloadResult reload() {
    return reload(SERVER);
  }

  /**
   * Reloads the folder. Returns when the new generation handles messages, or with an error. Returns
   * at the deadline at the latest, and at once if another reload runs.
   *
   * @param actor requests the reload; the audit log names it
   */
  public ReloadResult reload(Actor actor) {
    var result = attempts.run(this::reload);
    if (result instanceof ReloadResult.Refused) {
      synchronized (this) {
        counts = counts.withRefused();
      }
    }
    if (!(result instanceof ReloadResult.Unchanged unchanged && unchanged.silent())) {
      audit(actor, "reload", words(result));
    }
    return result;
  }

  /** Describes a result for the audit log, without texts of the folder's files. */
  private static String words(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Swapped swapped -> "generation " + swapped.generation();
      case ReloadResult.Unchanged unchanged ->
          "generation %d runs on, unchanged".formatted(unchanged.generation());
      case ReloadResult.Refused refused ->
          "generation %d runs on, %d problems"
              .formatted(refused.generation(), refused.problems().size());
      case ReloadResult.Busy busy ->
          "generation %d runs on, another reload runs".formatted(busy.generation());
    };
  }

  private void audit(Actor actor, String method, String result) {
    audit.add(new AuditEvent(Instant.now(), actor, method, "", result, List.of(), List.of()));
  }

  /** Waits until no reload runs. The wait ends, because each reload has a deadline. */
  public void awaitIdle() {
    attempts.awaitIdle();
  }

  /** Cleans up after replaced classes. One thread has to call it, a few times a second. */
  public void checkClassLoaders() {
    loaders.look(
        this::codeInUse,
        () -> generations.getAsInt() == 1 && control.closing() == 0,
        nanoTime.getAsLong());
  }

  /**
   * Returns the code of the running generation, and of the generation to which a rollback returns.
   */
  private synchronized List<UserCode> codeInUse() {
    return Stream.concat(Stream.of(running), trial.map(Trial::before).stream())
        .map(Application::code)
        .toList();
  }

  /** Checks the generation on probation. A thread has to call it a few times a second. */
  public void checkProbation() {
    // Called without the lock, because links may hand over state, which takes time.
    condemned().ifPresent(this::rollBack);
  }

  /**
   * Ends a probation that is passed. Returns a probation that has failed, which the caller rolls
   * back.
   */
  private synchronized Optional<Trial> condemned() {
    var now = nanoTime.getAsLong();
    if (trial.isEmpty()) {
      if (now - windowBegan >= WINDOW.toNanos()) {
        windowBegan = now;
        control.countClients();
      }
      return Optional.empty();
    }
    var probation = trial.get().probation();
    return switch (probation.decide(now, control.clientCounts(), counters.connections())) {
      case WAIT -> Optional.empty();
      case KEEP -> {
        keep(probation);
        yield Optional.empty();
      }
      case TAKE_BACK -> trial;
    };
  }

  public ReloadCounts counts() {
    return counts;
  }

  /** The number of class loaders in memory that have loaded the folder's code. */
  public int classLoaders() {
    return loaders.count();
  }

  /** The number of replaced class loaders that can't be collected, by the kind of reason. */
  public Map<String, Integer> heldClassLoaders() {
    return loaders.held();
  }

  /** The number of closed instances of Java links in memory. */
  public int closedInstances() {
    return loaders.instances().count();
  }

  /**
   * The number of closed instances of Java links that can't be collected, by the kind of reason.
   */
  public Map<String, Integer> heldInstances() {
    return loaders.instances().held();
  }

  /** The running application. */
  public Application running() {
    return running;
  }

  /** The current or last probation; empty before the first. */
  public synchronized Optional<ProbationState> probation() {
    return trial.isPresent()
        ? Optional.of(state(trial.get().probation(), Outcome.UNDER_WAY))
        : lastTrial;
  }

  /** Describes each abandoned reload that hangs in users' code: since when, and in which line. */
  public List<String> leftBehind() {
    return attempts.leftBehind();
  }

  /**
   * Describes each call of a replaced link that hangs, such as {@code close()}: since when, and in
   * which line.
   */
  public List<String> hangingLinks() {
    return control.hanging();
  }

  private void reload(Attempt attempt) {
    var start = System.nanoTime();
    var hanging = hangingLinks();
    if (hanging.size() >= MOST_HANGING) {
      var named = String.join("; ", hanging.subList(0, NAMED));
      var problem =
          new Problem(
              ReloadResult.RELOAD,
              "%d replaced links hang, a restart is needed: %s; and others"
                  .formatted(hanging.size(), named));
      attempt.finish(() -> refused(List.of(problem), start));
      return;
    }
    var measured = space.measure();
    try {
      var done = false;
      // begins again if the generation on which the result is based was replaced in the meantime
      while (!done) {
        done = reload(attempt, running, start);
      }
      measured.done();
    } catch (ConfigurationException e) {
      attempt.finish(() -> refused(e.problems(), start));
    } catch (OutOfMemoryError e) {
      if (!ClassSpace.isExhausted(e)) {
        throw e;
      }
      var problem = exhausted(e);
      attempt.finish(() -> refused(List.of(problem), start));
    }
  }

  /** Refuses a reload of changed classes that would not fit into the JVM's memory for classes. */
  private void requireSpace(Application base) throws ConfigurationException {
    if (space.mayBeShort() && !base.code().hasFilesOf(base.folder())) {
      var shortage = space.collected();
      if (shortage.isPresent()) {
        throw new ConfigurationException(List.of(problem(shortage.get())));
      }
    }
  }

  private Problem exhausted(Throwable thrown) {
    space.collected();
    return problem("the JVM has no more memory for classes: " + Loggable.text(thrown));
  }

  /** Says what is short, and which replaced classes are still in memory. */
  private Problem problem(String shortage) {
    var replaced = loaders.replaced(codeInUse());
    var held = String.join("; ", loaders.reasons());
    return new Problem(
        ReloadResult.RELOAD,
        replaced == 0
            ? shortage + "; no replaced classes are in memory: raise the limit"
            : "%s; %d class loaders of replaced classes are in memory%s: %s"
                .formatted(
                    shortage,
                    replaced,
                    held.isEmpty() ? ", the log will say why" : " (" + held + ")",
                    ClassSpace.advice()));
  }

  private boolean reload(Attempt attempt, Application base, long start)
      throws ConfigurationException {
    requireSpace(base);
    var next = folder.read(base);
    var changes = FolderChanges.between(base, next);
    var restart = FolderChanges.thatNeedARestart(started, next.settings());
    var chain = next.chain(mode);
    if (sameChain(base.chain(mode), chain)) {
      return attempt.finish(() ->
          put(base, next)
              ? new ReloadResult.Unchanged(
                  control.pipeline().generation(),
                  changes.inWords(List.of(), List.of()),
                  restart,
                  since(start))
              : null);
    }
    var build = control.prepare(chain);
    try (build) {
      attempt.holds(
          build,
          () ->
              build.call().map(call -> HangingCall.of(call, next)).orElse(HangingCall.OF_NO_LINK));
      build.make();
      build.handOver();
      var all = changes.inWords(build.handedOver(), build.notTakingOver());
      var time = mode.probation(next.settings().probation());
      return attempt.finish(() ->
          swap(build, base, next, time)
              ? new ReloadResult.Swapped(
                  control.pipeline().generation(), all, restart, time, since(start))
              : null);
    } catch (ChainException e) {
      var held = new HeldResourceHint(base.settings(), next.settings(), build);
      var problems = new ArrayList<>(ChainProblems.of(e, next.settings(), held::hint));
      e.failures().stream()
          .map(ChainException.Failure::cause)
          .filter(ClassSpace::isExhausted)
          .findFirst()
          .ifPresent(cause -> problems.add(exhausted(cause)));
      return attempt.finish(() -> refused(problems, start));
    } finally {
      loaders.add(next.code()); // the links of a chain that does not run can be closed at once
    }
  }

  /**
   * Puts the next application in place. Returns false if the running application is not the one on
   * which it is based.
   */
  @SuppressWarnings("ReferenceEquality") // compares identity
  private synchronized boolean put(Application base, Application next) {
    if (running != base) {
      return false;
    }
    running = next;
    loaders.add(next.code());
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // compares identity
  private synchronized boolean swap(
      Build build, Application base, Application next, Duration time) {
    if (running != base) {
      return false;
    }
    var pipeline = time.isZero() ? control.swap(build) : control.tryOut(build);
    if (pipeline.isEmpty()) {
      return false;
    }
    trial.ifPresent(old -> lastTrial = Optional.of(state(old.probation(), Outcome.REPLACED)));
    // A reload during a probation keeps the application to which a rollback returns.
    trial =
        time.isZero()
            ? Optional.empty()
            : Optional.of(
                new Trial(
                    new Probation(
                        pipeline.get().generation(), control.before(), nanoTime.getAsLong(), time),
                    trial.map(Trial::before).orElse(running)));
    running = next;
    loaders.add(next.code());
    counts = counts.withSwapped();
    return true;
  }

  private void keep(Probation probation) {
    lastTrial = Optional.of(state(probation, Outcome.KEPT));
    control.keep(probation.generation());
    trial = Optional.empty();
    counts = counts.withKept();
    log.info("probation passed, kept generation={}", probation.generation());
  }

  private void rollBack(Trial failed) {
    try (var back = control.prepareRollBack(failed.probation().generation())) {
      if (back.handOver()) {
        rollBack(failed, back);
      } // else a reload is about to swap; the next check decides again
    }
  }

  @SuppressWarnings("ReferenceEquality") // compares identity
  private synchronized void rollBack(Trial failed, RollBack rollBack) {
    if (trial.isEmpty() || trial.get() != failed) {
      return;
    }
    var clients = control.clientCounts();
    var probation = failed.probation();
    trial = Optional.empty();
    control
        .rollBack(rollBack)
        .ifPresent(back -> {
          running = failed.before();
          counts = counts.withRolledBack();
          lastTrial =
              Optional.of(
                  new ProbationState(
                      probation.generation(),
                      back.generation(),
                      Outcome.ROLLED_BACK,
                      Duration.ZERO,
                      clients,
                      probation.before()));
          audit(
              SERVER,
              "rollback",
              "generation %d after %d".formatted(back.generation(), probation.generation()));
          log.error(
              "rolled back generation={} running={} failed-clients={} of={} before={}/{}",
              probation.generation(),
              back.generation(),
              clients.failed(),
              clients.clients(),
              probation.before().failed(),
              probation.before().clients());
        });
  }

  private ProbationState state(Probation probation, Outcome outcome) {
    var left = probation.left(nanoTime.getAsLong());
    return new ProbationState(
        probation.generation(),
        control.pipeline().generation(),
        outcome,
        outcome == Outcome.UNDER_WAY && left.isPositive() ? left : Duration.ZERO,
        control.clientCounts(),
        probation.before());
  }

  private ReloadResult refused(List<Problem> problems, long start) {
    return new ReloadResult.Refused(
        control.pipeline().generation(), Problem.inOrder(problems), since(start));
  }

  /** Whether both chains have the same links with the same fingerprints. */
  private static boolean sameChain(ChainSpec a, ChainSpec b) {
    return parts(a).equals(parts(b));
  }

  private static List<List<Object>> parts(ChainSpec chain) {
    var parts = new ArrayList<List<Object>>();
    parts.add(List.of(chain.trace()));
    chain.filters().forEach(f -> parts.add(List.of(f.name(), f.fingerprint(), f.onError())));
    chain.processors().stream()
        .map(p -> List.<Object>of(p.command(), p.fingerprint()))
        .sorted(Comparator.comparing(List::toString))
        .forEach(parts::add);
    return parts;
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
