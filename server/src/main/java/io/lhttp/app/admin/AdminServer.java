package io.lhttp.app.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.chain.RecentTimes;
import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin listener: {@code /metrics}, {@code /chain}, {@code /livez}, {@code /readyz}, {@code
 * POST /reload}. It has a thread for each request, so that no request waits for another. Idle
 * connections need no thread, so that some hundreds of them keep no operator out. It shares no
 * thread and no port with clients. {@code ServerRun} owns it.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final ErrorLog errors = new ErrorLog(log, "the timer of the recent times");
  private static final int CONNECTIONS = 1_000;

  /** The most requests at a time, those that are still being received included. */
  private static final int REQUESTS = 200;

  private static final int BACKLOG = 16;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  /** The seconds in which a client must read its answer, beyond the longest time of a reload. */
  private static final long ANSWER_TIME = 30;

  /** The address of the start, with the tokens of the last request. */
  private volatile AdminAccess access;

  private final OperatedServer operated;
  private final RecentTimes recent = new RecentTimes();
  private final Metrics metrics;
  private final ChainPage chain;
  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService clock;

  /**
   * Starts the listener.
   *
   * @throws java.net.BindException if the port is in use
   */
  public AdminServer(AdminAccess access, OperatedServer operated) throws IOException {
    this.access = access;
    this.operated = operated;
    // The JDK's server reads these properties once, at its first use.
    var longest = operated.reloadDeadline().toSeconds() + ANSWER_TIME;
    setUnlessSet("sun.net.httpserver.maxReqTime", "10");
    setUnlessSet("sun.net.httpserver.maxRspTime", Long.toString(longest));
    setUnlessSet("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS));
    this.server = HttpServer.create(access.address(), BACKLOG);
    this.metrics = new Metrics(operated, recent);
    this.chain = new ChainPage(operated, recent);
    var factory = Thread.ofPlatform().daemon().name("lhttp-admin-", 0).factory();
    this.threads = pool(factory);
    this.clock = Executors.newSingleThreadScheduledExecutor(factory);
    var step = RecentTimes.STEP.toSeconds();
    clock.scheduleAtFixedRate(errors.guard(this::recordTimes), step, step, TimeUnit.SECONDS);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public URI uri() {
    var address = server.getAddress();
    var host = address.getAddress().getHostAddress();
    return URI.create(
        "http://%s:%d/".formatted(host.contains(":") ? "[" + host + "]" : host, address.getPort()));
  }

  @Override
  public void close() {
    server.stop(0);
    clock.shutdownNow();
    threads.shutdownNow();
    metrics.close();
  }

  private static ThreadPoolExecutor pool(ThreadFactory factory) {
    return new ThreadPoolExecutor(
        0,
        REQUESTS,
        1,
        TimeUnit.MINUTES,
        new SynchronousQueue<>(),
        factory); // if there are more requests, the JDK's server closes the socket
  }

  private void recordTimes() {
    recent.record(operated.statistics().links());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        route(exchange);
      } catch (RuntimeException | Error e) {
        log.error("an admin request failed", e);
        answer(exchange, 500, TEXT, "failed; the log says why\n");
      }
    }
  }

  private void route(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var access = operated.adminAccess().map(this.access::withTokenOf).orElse(this.access);
    this.access = access;
    if (!access.knownAs(header(exchange, "Host"))) {
      answer(exchange, 421, TEXT, "this listener has no such name\n");
    } else if (header(exchange, "Origin").isPresent()) {
      answer(exchange, 403, TEXT, "web pages are not served here\n");
    } else if ("/livez".equals(path)) {
      get(exchange, TEXT, "alive\n");
    } else if ("/readyz".equals(path)) {
      ready(exchange);
    } else if (!access.authorizes(header(exchange, "Authorization"))) {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
      answer(exchange, 401, TEXT, "a token is needed\n");
    } else if ("/metrics".equals(path)) {
      get(exchange, METRICS, metrics.scrape());
    } else if ("/chain".equals(path)) {
      get(exchange, JSON, chain.json());
    } else if ("/reload".equals(path)) {
      reload(exchange);
    } else {
      answer(exchange, 404, TEXT, "there are /metrics, /chain, /livez, /readyz, POST /reload\n");
    }
  }

  private void ready(HttpExchange exchange) throws IOException {
    var reason = operated.unready();
    if (reason.isPresent()) {
      answer(exchange, 503, TEXT, reason.get() + "\n");
    } else {
      get(exchange, TEXT, "ready\n");
    }
  }

  private void reload(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      answer(exchange, 405, TEXT, "POST reloads\n");
      return;
    }
    var result = operated.reload();
    answer(exchange, ReloadPage.status(result), JSON, ReloadPage.json(result));
  }

  private static void get(HttpExchange exchange, String type, String body) throws IOException {
    var method = exchange.getRequestMethod();
    if (method.equals("GET") || method.equals("HEAD")) {
      answer(exchange, 200, type, body);
    } else {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      answer(exchange, 405, TEXT, "GET shows it\n");
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    var bytes = body.getBytes(UTF_8);
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Integer.toString(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static Optional<String> header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
