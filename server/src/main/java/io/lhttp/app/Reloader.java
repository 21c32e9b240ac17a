package io.lhttp.app;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.FolderState;
import io.lhttp.app.reload.Probation;
import io.lhttp.app.reload.RecentTally;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.pipeline.ChainException;
import io.lhttp.pipeline.ChainSpec;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what stands in the application's folder in the place of what runs. All of it or nothing:
 * whatever is wrong leaves the running generation as it is. What is new is on probation: where more
 * messages fail than before, the generation before comes back. One reload at a time; safe for all
 * threads, of which the calling one waits.
 */
final class Reloader {
  private static final Logger log = LoggerFactory.getLogger(Reloader.class);

  /** What happened in this time before a swap is what the time after it is measured by. */
  private static final Duration RECENTLY = Duration.ofMinutes(1);

  /** So often a folder that somebody writes in meanwhile is read. */
  private static final int READINGS = 5;

  /** Reads the folder. */
  @FunctionalInterface
  interface Source {
    /**
     * @param running what runs now, so that what has not changed need not be made again
     */
    Application load(Optional<Application> running) throws ConfigurationException;
  }

  private final Mode mode;
  private final LhttpServer server;
  private final Source source;
  private final LongSupplier nanoTime;

  /** Of the start: what needs a restart is compared with it. */
  private final Settings started;

  // Guarded by this.
  private Application running;
  private Optional<Trial> trial = Optional.empty();
  private final RecentTally recent = new RecentTally(RECENTLY);
  private long swapped;
  private long refused;
  private long returned;

  /**
   * @param before what runs again if the generation does not stand its probation
   */
  private record Trial(Probation probation, Application before) {}

  /**
   * @param running what the server was started with
   */
  Reloader(
      Mode mode, Application running, LhttpServer server, Source source, LongSupplier nanoTime) {
    this.mode = mode;
    this.running = running;
    this.started = running.settings();
    this.server = server;
    this.source = source;
    this.nanoTime = nanoTime;
  }

  /** Returns when the new generation takes messages, or when it is clear that none will. */
  synchronized ReloadResult reload() {
    var start = System.nanoTime();
    try {
      var next = read();
      var changes = Changes.between(running, next);
      var restart = Changes.thatNeedARestart(started, next.settings());
      if (sameChain(running.chain(mode), next.chain(mode))) {
        running = next;
        return new ReloadResult.Unchanged(
            server.pipeline().generation(), changes, restart, since(start));
      }
      var generation = swap(next);
      swapped++;
      return new ReloadResult.Swapped(generation, changes, restart, since(start));
    } catch (ConfigurationException e) {
      return refuse(e.problems(), start);
    } catch (ChainException e) {
      return refuse(problems(e), start);
    } catch (RuntimeException | LinkageError e) {
      log.debug("a reload failed unexpectedly", e);
      return refuse(List.of(new Problem(Place.of("reload"), e.toString())), start);
    }
  }

  /** Looks after a generation on probation; to be called a few times a second. */
  synchronized void look() {
    var now = nanoTime.getAsLong();
    var tally = server.tally();
    recent.add(now, server.pipeline().generation(), tally);
    if (trial.isEmpty()) {
      return;
    }
    var probation = trial.get().probation();
    switch (probation.look(now, tally)) {
      case WAIT -> {}
      case KEEP -> {
        server.keep(probation.generation());
        trial = Optional.empty();
      }
      case TAKE_BACK -> takeBack(trial.get());
    }
  }

  synchronized ReloadCounts counts() {
    return new ReloadCounts(swapped, refused, returned);
  }

  /** What a message meets now. */
  synchronized Application running() {
    return running;
  }

  /** Reads the folder in a moment in which nobody writes in it, if there is one. */
  private Application read() throws ConfigurationException {
    for (var reading = 1; reading < READINGS; reading++) {
      var before = FolderState.of(running.folder());
      var read = attempt();
      if (before.equals(FolderState.of(running.folder()))) {
        return read.get();
      }
    }
    return attempt().get();
  }

  /** What came of one reading, right or wrong. */
  @FunctionalInterface
  private interface Reading {
    Application get() throws ConfigurationException;
  }

  private Reading attempt() {
    try {
      var next = source.load(Optional.of(running));
      return () -> next;
    } catch (ConfigurationException e) {
      return () -> {
        throw e;
      };
    }
  }

  private int swap(Application next) throws ChainException {
    var chain = next.chain(mode);
    var time = mode.probation(next.settings().probation());
    if (time.isZero()) {
      var generation = server.swap(chain).generation();
      trial = Optional.empty();
      running = next;
      return generation;
    }
    var before = recent.upTo(server.tally());
    var generation = server.tryOut(chain).generation();
    // One that comes while another is on probation is measured by the same, and returns to the
    // same.
    trial =
        Optional.of(
            new Trial(
                new Probation(
                    generation,
                    trial.map(t -> t.probation().before()).orElse(before),
                    nanoTime.getAsLong(),
                    time),
                trial.map(Trial::before).orElse(running)));
    running = next;
    return generation;
  }

  private void takeBack(Trial failed) {
    var condemned = failed.probation().generation();
    var tally = server.tally();
    trial = Optional.empty();
    server
        .takeBack(condemned)
        .ifPresent(back -> {
          running = failed.before();
          returned++;
          log.error(
              "taken back generation={} running={} failed={} of={} before={}",
              condemned,
              back.generation(),
              tally.failed(),
              tally.messages(),
              String.format(Locale.ROOT, "%.1f%%", 100 * failed.probation().before().rate()));
        });
  }

  private ReloadResult refuse(List<Problem> problems, long start) {
    refused++;
    return new ReloadResult.Refused(server.pipeline().generation(), problems, since(start));
  }

  /** All that could not be made, each with the place that is to blame. */
  static List<Problem> problems(ChainException e) {
    var problems = new ArrayList<Problem>();
    for (var failure : e.failures()) {
      if (failure.cause() instanceof ConfigurationException wrong) {
        problems.addAll(wrong.problems());
      } else {
        problems.add(new Problem(Place.of("chain"), failure.toString()));
      }
    }
    return problems;
  }

  /** Whether the same is made of both. */
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
