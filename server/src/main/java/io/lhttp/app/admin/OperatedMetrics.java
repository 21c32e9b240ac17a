package io.lhttp.app.admin;

import static io.lhttp.Metric.counter;
import static io.lhttp.Metric.gauge;

import io.lhttp.Metric;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.chain.RecentTimes;
import io.lhttp.server.ServerMetrics;
import io.lhttp.server.ServerStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** All metrics of {@code /metrics} except the histograms. */
final class OperatedMetrics {
  /**
   * Matches the rest of a text after its first word, such as the reason in "interpreted, because
   * …".
   */
  private static final Pattern WORD = Pattern.compile("[,;:( ].*");

  private OperatedMetrics() {}

  static List<Metric> of(OperatedServer operated, ServerStatistics server, RecentTimes recent) {
    var all = new ArrayList<>(ServerMetrics.ofServer(server));
    all.add(gauge("ready", "1 while /readyz answers 200.", operated.unready().isEmpty() ? 1 : 0));
    reloads(operated, all);
    all.add(
        gauge("broker_connected", "1 while the broker takes publications.", bit(operated))
            .with("broker", operated.broker()));
    all.add(
        gauge("script_runtime", "Always 1; the label says how scripts are run.", 1)
            .with("runtime", WORD.matcher(operated.scripts()).replaceFirst("")));
    all.addAll(ServerMetrics.ofLinks(server, recent));
    all.addAll(operated.metrics());
    return DeprecatedMetrics.with(all);
  }

  private static void reloads(OperatedServer operated, List<Metric> to) {
    var reloads = operated.reloads();
    var help = "Reloads by result.";
    to.add(counter("reloads", help, reloads.swapped()).with("result", "swapped"));
    to.add(counter("reloads", help, reloads.refused()).with("result", "refused"));
    to.add(counter("reloads", help, reloads.kept()).with("result", "kept"));
    to.add(counter("reloads", help, reloads.rolledBack()).with("result", "rolled back"));
    to.add(
        gauge(
            "reloads_hanging",
            "Reloads that were abandoned at their deadline and still run.",
            operated.reloadsLeftBehind().size()));
    to.add(
        gauge(
            "links_hanging",
            "Calls of links, such as close() and onLeave(), that hang and were left behind.",
            operated.hangingLinks().size()));
    var onProbation =
        operated.probation().filter(p -> p.outcome() == ProbationState.Outcome.UNDER_WAY);
    to.add(
        gauge(
            "probation",
            "1 while a generation may be rolled back.",
            onProbation.isPresent() ? 1 : 0));
  }

  private static int bit(OperatedServer operated) {
    return operated.brokerConnected() ? 1 : 0;
  }
}
