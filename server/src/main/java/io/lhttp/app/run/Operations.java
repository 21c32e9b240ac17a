package io.lhttp.app.run;

import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.app.admin.AdminServer;
import io.lhttp.app.admin.OperatedServer;
import io.lhttp.app.api.ApiHandler;
import io.lhttp.app.api.ApiServer;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.logging.Logging;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.reload.Reloader;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.app.settings.ApiSettings;
import io.lhttp.app.settings.Listen;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.tracing.SpanRecorder;
import io.lhttp.channel.Broker;
import io.lhttp.control.Actor;
import io.lhttp.revocation.Revocations;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.ServerStatistics;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives the admin listener its view of the running application. */
final class Operations implements OperatedServer {
  private final Mode mode;
  private final LhttpServer server;
  private final Reloader reloader;
  private final Broker broker;
  private final Optional<SpanRecorder> recorder;
  private final ApiHandler api;
  private final Revocations revocations;

  private final Consumer<ReloadResult> reloaded;

  /**
   * @param reloaded receives the result of each reload that was requested by the admin listener
   */
  Operations(
      Mode mode,
      LhttpServer server,
      Reloader reloader,
      Broker broker,
      Revocations revocations,
      Optional<SpanRecorder> recorder,
      Consumer<ReloadResult> reloaded) {
    this.mode = mode;
    this.reloaded = reloaded;
    this.server = server;
    this.reloader = reloader;
    this.broker = broker;
    this.revocations = revocations;
    this.recorder = recorder;
    this.api = new ApiHandler(() -> settings().api().valid(), server.control(), System::nanoTime);
  }

  /**
   * Opens the API's own listener; null if none is configured.
   *
   * @throws Failure if its port is in use, or its address is not this machine's
   */
  @Nullable ApiServer listenToApi(Optional<Listen> listen) throws Failure {
    if (listen.isEmpty()) {
      return null;
    }
    var address = listen.get();
    try {
      return new ApiServer(ApiSettings.host(address), address.port(), api);
    } catch (BindException e) {
      throw new Failure(
          "the API's port %s can't be had (%s): choose another with api: { listen: HOST:PORT } in lhttp.yaml, or --set api.listen=HOST:PORT"
              .formatted(address, e.getMessage()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new Failure(
          "can't open the API's port %s: %s".formatted(address, Failure.reason(e)), e);
    }
  }

  /**
   * Opens the admin listener; null if none is configured.
   *
   * @throws Failure if its port is in use, or its address is not this machine's
   */
  @Nullable AdminServer listen(Optional<AdminAccess> access) throws Failure {
    if (access.isEmpty()) {
      return null;
    }
    try {
      return new AdminServer(access.get(), this, api);
    } catch (BindException e) {
      throw new Failure(
          ("the admin port %s can't be had (%s): choose another with admin: HOST:PORT in"
                  + " lhttp.yaml, or --set admin=HOST:PORT, or none with --set admin=false")
              .formatted(access.get(), e.getMessage()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new Failure(
          "can't open the admin port %s: %s".formatted(access.get(), Failure.reason(e)), e);
    }
  }

  @Override
  public ServerStatistics statistics() {
    return server.statistics();
  }

  @Override
  public ReloadResult reload() {
    var result = reloader.reload(new Actor(Actor.Kind.SERVER, "admin"));
    reloaded.accept(result);
    return result;
  }

  @Override
  public Optional<AdminAccess> adminAccess() {
    return mode.admin(settings().admin());
  }

  @Override
  public Duration reloadDeadline() {
    return settings().reload().deadline();
  }

  @Override
  public ReloadCounts reloads() {
    return reloader.counts();
  }

  @Override
  public Optional<ProbationState> probation() {
    return reloader.probation();
  }

  @Override
  public List<String> reloadsLeftBehind() {
    return reloader.leftBehind();
  }

  @Override
  public List<String> hangingLinks() {
    return reloader.hangingLinks();
  }

  @Override
  public boolean draining() {
    return server.draining();
  }

  @Override
  public Map<String, String> filters() {
    var filters = new LinkedHashMap<String, String>();
    settings().chain().forEach(link -> filters.put(link.name(), link.filterName()));
    return filters;
  }

  @Override
  public Map<String, List<String>> filterOptions() {
    var options = new LinkedHashMap<String, List<String>>();
    settings().chain().forEach(link -> options.put(link.name(), names(link.options())));
    return options;
  }

  @Override
  public Map<String, List<String>> processorOptions() {
    var options = new LinkedHashMap<String, List<String>>();
    settings().processors().forEach((command, use) -> options.put(command, names(use.options())));
    return options;
  }

  @Override
  public String scripts() {
    return reloader.running().scripts().runtime().orElse("none");
  }

  @Override
  public Optional<String> unready() {
    return server.unready();
  }

  @Override
  public String broker() {
    return settings().broker().word();
  }

  @Override
  public Optional<String> brokerTrouble() {
    return broker.trouble();
  }

  @Override
  public List<Metric> metrics() {
    var metrics =
        new ArrayList<>(broker instanceof MetricSource measured ? measured.metrics() : List.of());
    metrics.addAll(revocations.metrics());
    metrics.addAll(api.metrics());
    metrics.add(
        Metric.counter(
            "log_dropped",
            "Log lines dropped because the reader of standard error was too slow.",
            Logging.dropped()));
    metrics.add(
        Metric.gauge(
            "class_loaders",
            "Class loaders of the application's Java code in memory; more than before after many"
                + " reloads means that replaced classes are held.",
            reloader.classLoaders()));
    reloader
        .heldClassLoaders()
        .forEach((by, count) ->
            metrics.add(
                Metric.gauge(
                        "class_loaders_held",
                        "Replaced class loaders that are known to be held, by the kind of what"
                            + " holds them.",
                        count)
                    .with("by", by)));
    metrics.add(
        Metric.gauge(
            "closed_instances",
            "Closed instances of Java links in memory, held or not collected yet.",
            reloader.closedInstances()));
    reloader
        .heldInstances()
        .forEach((by, count) ->
            metrics.add(
                Metric.gauge(
                        "closed_instances_held",
                        "Closed instances of Java links that are known to be held or to have left"
                            + " threads, by the kind of the holder.",
                        count)
                    .with("by", by)));
    metrics.add(
        Metric.counter(
            "event_loop_stalls",
            "Calls of links that blocked an event loop for over a tenth of a second.",
            ServerInternals.of(server).loops().stalls()));
    var carriers = ServerInternals.of(server).carriers();
    metrics.add(
        Metric.gauge(
            "exchanges_waiting_for_carrier",
            "Exchanges that wait because code holds all carriers of virtual threads.",
            carriers.waiting()));
    metrics.add(
        Metric.counter(
            "carrier_stalls",
            "Times that code held all carriers of virtual threads for over a second.",
            carriers.stalls()));
    metrics.addAll(reloader.running().scripts().metrics());
    recorder.ifPresent(spans -> metrics.addAll(spans.metrics()));
    return metrics;
  }

  private Settings settings() {
    return reloader.running().settings();
  }

  /**
   * Returns the keys of all values, such as {@code jwt.secret}. Values within a list have the key
   * of the list.
   */
  private static List<String> names(Node options) {
    var names = new LinkedHashSet<String>();
    collect("", options, names);
    return new ArrayList<>(names);
  }

  private static void collect(String path, Node node, Set<String> to) {
    switch (node) {
      case Mapping mapping ->
          mapping
              .entries()
              .forEach(entry ->
                  collect(
                      path.isEmpty() ? entry.key() : path + "." + entry.key(), entry.value(), to));
      case Sequence sequence -> {
        to.add(path);
        sequence.items().forEach(item -> collect(path, item, to));
      }
      default -> to.add(path);
    }
    to.remove("");
  }
}
