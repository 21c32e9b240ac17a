package io.lhttp.filters.upstream;

import io.lhttp.Chain;
import io.lhttp.ClientKey;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.Surroundings;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards messages to HTTP servers, after the rest of the chain and the processor have handled
 * them. A route forwards all messages of a command: {@code chat: POST records}. If {@code
 * from-clients} permits it, a message names its target itself: {@code upstream:POST records}, or
 * {@code upstream:POST http://10.0.0.5:9000/record} for a URL that {@code allow} covers.
 *
 * <p>The answer goes back to the sender for GET and HEAD, and for messages with {@code
 * upstream-reply:true}. For others, an answer that is no success refuses the message.
 *
 * <p>A malformed (400) or forbidden (403) header refuses the message before any link after this one
 * handles it. A message whose forwarding fails is refused with 502 (failed), 503 (busy, or stopped
 * by a breaker) and 504 (no answer in time). A header that a later filter or a processor sets
 * belongs to the operator: {@code from-clients} does not apply to it.
 */
@KeepsRoute
public final class UpstreamFilter implements Filter, MetricSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UpstreamFilter.class);
  private static final String UPSTREAM = "upstream";

  /** The lowest status that counts as a failure of a request. */
  private static final int CLIENT_ERROR = 400;

  private final UpstreamOptions options;
  private final ClientTargetRules fromClients;
  private final Directory directory;
  private final Map<String, Forward> routes;
  private final Sender sender;
  private final List<HealthCheck> checks;

  /** The method and the destination of a message. */
  private record Forward(HttpMethod method, Destination to) {}

  public UpstreamFilter(UpstreamOptions options) {
    this(options, Surroundings.REAL);
  }

  /**
   * Creates a filter with other surroundings. If they answer HTTP requests, targets have no health
   * checks.
   */
  public UpstreamFilter(UpstreamOptions options, Surroundings surroundings) {
    this(
        options,
        HttpClients.of(surroundings),
        surroundings.nanos(),
        surroundings.clock(),
        surroundings.http().isEmpty());
  }

  UpstreamFilter(
      UpstreamOptions options, HttpClients http, LongSupplier nanoTime, InstantSource clock) {
    this(options, http, nanoTime, clock, true);
  }

  private UpstreamFilter(
      UpstreamOptions options,
      HttpClients http,
      LongSupplier nanoTime,
      InstantSource clock,
      boolean checksHealth) {
    var targets = new Targets(options, http, nanoTime);
    var allowed =
        options.allow().stream()
            .map(rule -> new Upstream(rule.text(), List.of(targets.of(rule))))
            .toList();
    var named = new HashMap<String, Upstream>();
    options
        .named()
        .forEach((name, value) ->
            named.put(
                name, new Upstream(name, value.targets().stream().map(targets::of).toList())));
    var routed = new HashMap<String, Upstream>();
    for (var route : options.routes().values()) {
      if (route.name().isEmpty()) {
        var rule = route.rule();
        routed.computeIfAbsent(rule.text(), text -> new Upstream(text, List.of(targets.of(rule))));
      }
    }
    this.options = options;
    this.fromClients = options.effectiveFromClients();
    this.directory = new Directory(allowed, named, routed);
    var forwards = new HashMap<String, Forward>();
    options
        .routes()
        .forEach((command, route) ->
            forwards.put(command, new Forward(route.method(), directory.of(route))));
    this.routes = Map.copyOf(forwards);
    this.sender = new Sender(options, directory, new Identity(options.secret(), clock));
    this.checks = checksHealth ? checks(options, named) : List.of();
    if (options.fromClientsIsUnset()) {
      log.warn(
          "every client may choose the upstream of its messages and read the answers: write"
              + " upstream.routes, or from-clients: true to keep it so. Without either, no client"
              + " will in the next version");
    }
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var request = exchange.request();
    var route = routes.get(request.command());
    var asked = request.headers().has(UPSTREAM) ? permitted(exchange, route) : null;
    var outcome = chain.proceed(exchange);
    if (!(outcome instanceof Outcome.Done)) {
      return outcome;
    }
    var forward = route != null ? route : chosen(request, exchange.request(), asked);
    return forward == null ? outcome : forward(exchange, forward);
  }

  /** Whether the message has the header {@code upstream}, or its command has a route. */
  @Override
  public boolean mayBlock(Message message) {
    return message.headers().has(UPSTREAM) || routes.containsKey(message.command());
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(directory.metrics());
    metrics.add(
        Metric.counter(
            "upstream_retries", "Requests that were sent once more", (double) sender.retries()));
    return metrics;
  }

  /** Stops the health checks. */
  @Override
  public void close() {
    checks.forEach(HealthCheck::close);
  }

  /**
   * Returns the destination that the client's header names.
   *
   * @throws RefusedException if the rules do not permit it
   */
  private Forward permitted(Exchange exchange, @Nullable Forward route) {
    var header = UpstreamHeader.parse(exchange.request().header(UPSTREAM).orElse(""));
    if (route != null
        || !fromClients.permits(
            header.method(), header.target(), exchange.connection().principal())) {
      throw Directory.notAllowed();
    }
    return find(header);
  }

  /**
   * Returns the destination of the message after the rest of the chain: the client's, or that of a
   * header which a later filter or a processor has set.
   */
  private @Nullable Forward chosen(Message before, Message now, @Nullable Forward asked) {
    var header = now.header(UPSTREAM);
    if (header.isEmpty()) {
      return null;
    }
    return asked != null && before.header(UPSTREAM).equals(header)
        ? asked
        : find(UpstreamHeader.parse(header.get()));
  }

  private Forward find(UpstreamHeader header) {
    if (!options.methods().contains(header.method())) {
      throw new RefusedException(403, "this method is not allowed");
    }
    return new Forward(header.method(), directory.find(header.target()));
  }

  private Outcome forward(Exchange exchange, Forward forward) throws InterruptedException {
    if (exchange.connection().executor().isCurrent()) {
      throw new IllegalStateException(
          "a message that is to be forwarded runs on an event loop: a filter with @KeepsRoute has"
              + " set its header upstream, or rewritten its command");
    }
    var request = exchange.request();
    var connection = exchange.connection();
    var from =
        new Sender.Origin(
            Identity.MessageSender.of(connection, request.command()), ClientKey.of(connection));
    var span = exchange.span().child(Span.Kind.CLIENT, forward.method.name());
    Answer answer;
    try {
      answer = sender.send(request, from, forward.method, forward.to, span);
      describe(span, forward.method, answer);
    } catch (RefusedException e) {
      span.failed(Integer.toString(e.refusal().status()));
      throw e;
    } finally {
      span.end();
    }
    if (forward.method.asks() || request.headers().is("upstream-reply", "true")) {
      return reply(exchange, answer);
    }
    return answer.successful()
        ? Outcome.done()
        : Outcome.refused(502, "the upstream answered with " + answer.status());
  }

  /** Adds attributes to the request's span, without the path, because a client may choose it. */
  static void describe(Span span, HttpMethod method, Answer answer) {
    if (span.recording()) {
      span.with("http.request.method", method.name())
          .with("http.response.status_code", answer.status())
          .with("server.address", answer.url().host())
          .with("server.port", answer.url().port())
          .with("lhttp.upstream", answer.from().name);
      if (answer.status() >= CLIENT_ERROR) {
        span.failed(Integer.toString(answer.status()));
      }
    }
  }

  private static Outcome reply(Exchange exchange, Answer answer) {
    var reply = exchange.reply().header("upstream-status", Integer.toString(answer.status()));
    answer.contentType().ifPresent(type -> reply.header("content-type", type));
    try {
      reply.body(answer.body().toByteArray()).send();
    } catch (IllegalArgumentException e) {
      return Outcome.refused(502, "the upstream's answer is no text; ask in a binary message");
    }
    return Outcome.done();
  }

  private static List<HealthCheck> checks(UpstreamOptions options, Map<String, Upstream> named) {
    var checks = new ArrayList<HealthCheck>();
    options
        .named()
        .forEach((name, value) -> {
          var upstream = named.get(name);
          if (upstream != null && value.health().isPresent()) {
            checks.add(new HealthCheck(upstream, value.health().get(), options.timeout()));
          }
        });
    return checks;
  }
}
