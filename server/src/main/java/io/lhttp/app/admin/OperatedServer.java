package io.lhttp.app.admin;

import io.lhttp.Metric;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.server.ServerStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A running server, as the admin listener needs it. All threads may use it. */
public interface OperatedServer {
  ServerStatistics statistics();

  /** Reloads the application's folder. Returns when the reload has ended, or at its deadline. */
  ReloadResult reload();

  /** The access that the running configuration has; its tokens count from the next request on. */
  Optional<AdminAccess> adminAccess();

  /** The longest time of a reload. */
  Duration reloadDeadline();

  ReloadCounts reloads();

  /** The current or last probation; empty before the first. */
  Optional<ProbationState> probation();

  /** Describes each abandoned reload that still runs: since when, and in which line. */
  List<String> reloadsLeftBehind();

  /**
   * Describes each call of a replaced link that hangs, such as {@code close()}: since when, and in
   * which line.
   */
  List<String> hangingLinks();

  /** Whether the server drains and accepts no new connections. Returns at once. */
  boolean draining();

  /**
   * The name of the filter behind each name in the chain. A chain may have one filter under several
   * names.
   */
  Map<String, String> filters();

  /** The names of the configured options for each filter of the chain, without their values. */
  Map<String, List<String>> filterOptions();

  /** The names of the configured options for each command's processor, without their values. */
  Map<String, List<String>> processorOptions();

  /** How scripts run: {@code compiled}, {@code interpreted} with the reason, or {@code none}. */
  String scripts();

  /** The kind of the broker, such as {@code memory}. */
  String broker();

  /** Whether the broker accepts publications. */
  default boolean brokerConnected() {
    return brokerTrouble().isEmpty();
  }

  /**
   * The reason why the broker accepts no publications, without secrets; empty if it accepts them.
   */
  Optional<String> brokerTrouble();

  /** The reason why the server is not ready for clients, for operators; empty if it is ready. */
  Optional<String> unready();

  /** The metrics of the application's parts that are not links. */
  List<Metric> metrics();
}
