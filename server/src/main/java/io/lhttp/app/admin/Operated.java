package io.lhttp.app.admin;

import io.lhttp.Metric;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.server.ServerStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What runs, for who looks after it. Safe for all threads. */
public interface Operated {
  ServerStatistics statistics();

  /** Waits until it is over, or its deadline is. */
  ReloadResult reload();

  /** How long a reload may take. */
  Duration reloadDeadline();

  ReloadCounts reloads();

  /** The last probation, under way or over. */
  Optional<ProbationState> probation();

  /** Reloads that hang and were given up: since when, and where. */
  List<String> reloadsLeftBehind();

  /** Whether no new connection is taken; returns at once. */
  boolean draining();

  /** The options that are written for each filter of the chain: their names, never their values. */
  Map<String, List<String>> filterOptions();

  /** As {@link #filterOptions}, by command. */
  Map<String, List<String>> processorOptions();

  /** How scripts are run: {@code compiled}, {@code interpreted} and why, or {@code none}. */
  String scripts();

  /** Whether the server is not ready because its scripts are still being rehearsed. */
  boolean warming();

  /** The broker's kind: {@code memory}. */
  String broker();

  /** Whether the broker takes what is published. */
  default boolean brokerConnected() {
    return brokerTrouble().isEmpty();
  }

  /** Why the broker does not take what is published; without secrets. Nothing while it does. */
  Optional<String> brokerTrouble();

  /** What others than the links count of their own. */
  List<Metric> metrics();
}
