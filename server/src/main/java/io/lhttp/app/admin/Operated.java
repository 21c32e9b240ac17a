package io.lhttp.app.admin;

import io.lhttp.Measure;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.server.ServerStatistics;
import java.util.List;
import java.util.Map;

/** What runs, for who looks after it. Safe for all threads. */
public interface Operated {
  ServerStatistics statistics();

  /** Blocks until it is over. */
  ReloadResult reload();

  ReloadCounts reloads();

  /** The options that are written for each filter of the chain: their names, never their values. */
  Map<String, List<String>> filterOptions();

  /** As {@link #filterOptions}, by command. */
  Map<String, List<String>> processorOptions();

  /** How scripts are run: {@code compiled}, {@code interpreted} and why, or {@code none}. */
  String scripts();

  /** The broker's kind: {@code memory}. */
  String broker();

  /** Whether the broker can be reached. */
  boolean brokerConnected();

  /** What others than the links count of their own. */
  List<Measure> measures();
}
