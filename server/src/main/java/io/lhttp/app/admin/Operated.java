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

/** A running server, as the admin listener sees it. All threads may use it. */
public interface Operated {
  ServerStatistics statistics();

  /** Reloads the folder; returns at the end of the reload, or at its deadline. */
  ReloadResult reload();

  /** The time limit of a reload. */
  Duration reloadDeadline();

  ReloadCounts reloads();

  /** The current or last probation. */
  Optional<ProbationState> probation();

  /** Abandoned reloads that still run: since when, and in which line. */
  List<String> reloadsLeftBehind();

  /** Calls of replaced links that hang, such as {@code close()}: since when, and in which line. */
  List<String> hangingLinks();

  /** Whether the server drains and takes no new connection; returns at once. */
  boolean draining();

  /** The filter that each name of the chain stands for. */
  Map<String, String> filters();

  /** The names of the configured options, for each filter of the chain; never their values. */
  Map<String, List<String>> filterOptions();

  /** Like {@link #filterOptions}, by command. */
  Map<String, List<String>> processorOptions();

  /** How scripts run: {@code compiled}, {@code interpreted} with the reason, or {@code none}. */
  String scripts();

  /** Whether the server is not ready because the warm-up of its scripts still runs. */
  boolean warming();

  /** The kind of the broker, such as {@code memory}. */
  String broker();

  /** Whether the broker takes publications. */
  default boolean brokerConnected() {
    return brokerTrouble().isEmpty();
  }

  /** The reason why the broker takes no publications, without secrets; empty if it takes them. */
  Optional<String> brokerTrouble();

  /** Metrics of other parts than the links. */
  List<Metric> metrics();
}
