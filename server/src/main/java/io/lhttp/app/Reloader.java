package io.lhttp.app;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.pipeline.ChainException;
import io.lhttp.pipeline.ChainSpec;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts what stands in the application's folder in the place of what runs. All of it or nothing:
 * whatever is wrong leaves the running generation as it is. One reload at a time; safe for all
 * threads, of which the calling one waits.
 */
final class Reloader {
  /** Reads the folder. */
  @FunctionalInterface
  interface Source {
    /**
     * @param running what runs now, so that what has not changed need not be made again
     */
    Application load(Application running) throws ConfigurationException;
  }

  private final LhttpServer server;
  private final Source source;

  /** Of the start: what needs a restart is compared with it. */
  private final Settings started;

  // Guarded by this.
  private Application running;
  private long swapped;
  private long refused;

  /**
   * @param running what the server was started with
   */
  Reloader(Application running, LhttpServer server, Source source) {
    this.running = running;
    this.started = running.settings();
    this.server = server;
    this.source = source;
  }

  /** Returns when the new generation takes messages, or when it is clear that none will. */
  synchronized ReloadResult reload() {
    var start = System.nanoTime();
    try {
      var next = source.load(running);
      var changes = Changes.between(running, next);
      var restart = Changes.thatNeedARestart(started, next.settings());
      if (sameChain(running.chain(), next.chain())) {
        running = next;
        return new ReloadResult.Unchanged(
            server.pipeline().generation(), changes, restart, since(start));
      }
      var generation = server.swap(next.chain()).generation();
      running = next;
      swapped++;
      return new ReloadResult.Swapped(generation, changes, restart, since(start));
    } catch (ConfigurationException e) {
      return refuse(e.problems(), start);
    } catch (ChainException e) {
      return refuse(problems(e), start);
    } catch (RuntimeException | LinkageError e) {
      return refuse(List.of(new Problem(Place.of("reload"), e.toString())), start);
    }
  }

  synchronized ReloadCounts counts() {
    return new ReloadCounts(swapped, refused, 0);
  }

  private ReloadResult refuse(List<Problem> problems, long start) {
    refused++;
    return new ReloadResult.Refused(server.pipeline().generation(), problems, since(start));
  }

  private static List<Problem> problems(ChainException e) {
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
