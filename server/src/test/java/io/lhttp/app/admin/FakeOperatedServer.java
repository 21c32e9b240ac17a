package io.lhttp.app.admin;

import io.lhttp.Metric;
import io.lhttp.app.http.HttpAnswer;
import io.lhttp.app.http.HttpHandler;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadCounts;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.ServerStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real server with a reload and a broker state that a test sets. */
final class FakeOperatedServer implements OperatedServer {
  /** Answers no request of the server API. */
  static final HttpHandler NO_API =
      request -> new HttpHandler.Answered(HttpAnswer.text(404, "no API\n"));

  volatile ReloadResult result =
      new ReloadResult.Unchanged(1, List.of(), List.of(), Duration.ofMillis(3));
  volatile Optional<AdminAccess> access = Optional.empty();
  volatile List<Metric> metrics = List.of();
  volatile Optional<ProbationState> probation = Optional.empty();
  volatile List<String> leftBehind = List.of();
  volatile List<String> hanging = List.of();

  private final LhttpServer server;

  FakeOperatedServer(LhttpServer server) {
    this.server = server;
  }

  @Override
  public ServerStatistics statistics() {
    return server.statistics();
  }

  @Override
  public ReloadResult reload() {
    return result;
  }

  @Override
  public Optional<AdminAccess> adminAccess() {
    return access;
  }

  @Override
  public Duration reloadDeadline() {
    return Duration.ofSeconds(60);
  }

  @Override
  public ReloadCounts reloads() {
    return new ReloadCounts(2, 1, 1, 0);
  }

  @Override
  public Optional<ProbationState> probation() {
    return probation;
  }

  @Override
  public List<String> hangingLinks() {
    return hanging;
  }

  @Override
  public List<String> reloadsLeftBehind() {
    return leftBehind;
  }

  @Override
  public boolean draining() {
    return server.draining();
  }

  @Override
  public Map<String, String> filters() {
    return Map.of("guard", "auth");
  }

  @Override
  public Map<String, List<String>> filterOptions() {
    return Map.of("guard", List.of("secret"));
  }

  @Override
  public Map<String, List<String>> processorOptions() {
    return Map.of();
  }

  @Override
  public String scripts() {
    return "interpreted, because this is a test";
  }

  @Override
  public Optional<String> unready() {
    return server.unready();
  }

  @Override
  public String broker() {
    return "memory";
  }

  @Override
  public Optional<String> brokerTrouble() {
    return Optional.empty();
  }

  @Override
  public List<Metric> metrics() {
    return metrics;
  }
}
