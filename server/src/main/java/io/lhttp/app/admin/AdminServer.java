package io.lhttp.app.admin;

import io.lhttp.app.http.HttpAnswer;
import io.lhttp.app.http.HttpHandler;
import io.lhttp.app.http.HttpListener;
import io.lhttp.app.http.HttpRequest;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.chain.RecentTimes;
import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin listener: {@code /metrics}, {@code /chain}, {@code /livez}, {@code /readyz}, {@code
 * POST /reload}, and the server API. {@link HttpListener} gives each connection a thread, so that
 * no request waits for another. It shares no thread and no port with clients. {@code ServerRun}
 * owns it.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final ErrorLog errors = new ErrorLog(log, "the timer of the recent times");
  private static final String API = "/api/";
  private static final String JSON = "application/json";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  /** The address of the start, with the tokens of the last request. */
  private volatile AdminAccess access;

  private final OperatedServer operated;
  private final HttpHandler api;
  private final RecentTimes recent = new RecentTimes();
  private final Metrics metrics;
  private final ChainPage chain;
  private final HttpListener listener;
  private final ScheduledExecutorService clock;

  /**
   * Starts the listener.
   *
   * @param api answers the requests below {@code /api/}, with keys of its own
   * @throws java.net.BindException if the port is in use
   */
  public AdminServer(AdminAccess access, OperatedServer operated, HttpHandler api)
      throws IOException {
    this.access = access;
    this.operated = operated;
    this.api = api;
    var factory = Thread.ofPlatform().daemon().name("lhttp-admin-", 0).factory();
    this.listener =
        new HttpListener(
            "the admin listener", access.address(), factory, this::begin, System::nanoTime);
    this.metrics = new Metrics(operated, recent);
    this.chain = new ChainPage(operated, recent);
    this.clock = Executors.newSingleThreadScheduledExecutor(factory);
    var step = RecentTimes.STEP.toSeconds();
    clock.scheduleAtFixedRate(errors.guard(this::recordTimes), step, step, TimeUnit.SECONDS);
    clock.scheduleAtFixedRate(errors.guard(listener::closeOverdue), 1, 1, TimeUnit.SECONDS);
    listener.start();
  }

  public URI uri() {
    return listener.uri();
  }

  @Override
  public void close() {
    listener.close();
    clock.shutdownNow();
    metrics.close();
  }

  /** The number of connections that could not be accepted. */
  long acceptFailures() {
    return listener.failures();
  }

  private void recordTimes() {
    recent.record(operated.statistics().links());
  }

  private HttpHandler.Reply begin(HttpRequest request) {
    if (!request.path().startsWith(API)) {
      return new HttpHandler.Answered(answer(request));
    }
    var refused = refused(request);
    return refused.isPresent()
        ? new HttpHandler.Answered(
            api.malformed(refused.get().status(), refused.get().body().strip()))
        : api.begin(request);
  }

  private HttpAnswer answer(HttpRequest request) {
    try {
      return route(request);
    } catch (RuntimeException | Error e) {
      log.error("an admin request failed", e);
      return HttpAnswer.text(500, "failed; the log says why\n");
    }
  }

  /** Refuses requests of pages, and for another host; empty for all others. */
  private Optional<HttpAnswer> refused(HttpRequest request) {
    var access = operated.adminAccess().map(this.access::withTokenOf).orElse(this.access);
    this.access = access;
    if (!access.knownAs(request.header("host"))) {
      return Optional.of(HttpAnswer.text(421, "this listener has no such name\n"));
    }
    if (request.header("origin").isPresent()) {
      return Optional.of(HttpAnswer.text(403, "web pages are not served here\n"));
    }
    return Optional.empty();
  }

  private HttpAnswer route(HttpRequest request) {
    var refused = refused(request);
    if (refused.isPresent()) {
      return refused.get();
    }
    if (request.path().equals("/livez")) {
      return get(request, HttpAnswer.TEXT, () -> "alive\n");
    }
    if (request.path().equals("/readyz")) {
      return ready(request);
    }
    if (!access.authorizes(request.header("authorization"))) {
      return HttpAnswer.text(401, "a token is needed\n").with("WWW-Authenticate", "Bearer");
    }
    return switch (request.path()) {
      case "/metrics" -> get(request, METRICS, metrics::scrape);
      case "/chain" -> get(request, JSON, chain::json);
      case "/reload" -> reload(request);
      default ->
          HttpAnswer.text(
              404, "there are /metrics, /chain, /livez, /readyz, POST /reload, /api/\n");
    };
  }

  private HttpAnswer ready(HttpRequest request) {
    return operated
        .unready()
        .map(reason -> HttpAnswer.text(503, reason + "\n"))
        .orElseGet(() -> get(request, HttpAnswer.TEXT, () -> "ready\n"));
  }

  private HttpAnswer reload(HttpRequest request) {
    if (!request.method().equals("POST")) {
      return HttpAnswer.text(405, "POST reloads\n").with("Allow", "POST");
    }
    var result = operated.reload();
    return new HttpAnswer(ReloadPage.status(result), JSON, ReloadPage.json(result));
  }

  private static HttpAnswer get(HttpRequest request, String type, Supplier<String> body) {
    return request.method().equals("GET") || request.method().equals("HEAD")
        ? new HttpAnswer(200, type, body.get())
        : HttpAnswer.text(405, "GET shows it\n").with("Allow", "GET, HEAD");
  }
}
