package io.lhttp.filters.upstream;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Measure;
import io.lhttp.Measured;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Forwards a message with the header {@code upstream} to an HTTP server, once the rest of the chain
 * and the processor are through with it: {@code upstream:POST http://10.0.0.5:9000/record}, or
 * {@code upstream:POST records} for an upstream that the configuration names. The answer goes back
 * to the sender for GET and HEAD, and where the message says {@code upstream-reply:true}; elsewhere
 * an answer that is no success refuses the message.
 *
 * <p>A message is refused with 400 (no method, no target), 403 (not allowed), 502 (failed), 503
 * (busy, or left alone for a while) and 504 (no answer in time).
 */
public final class UpstreamFilter implements Filter, Measured, AutoCloseable {
  private static final String UPSTREAM = "upstream";

  private final UpstreamOptions options;
  private final Directory directory;
  private final Sender sender;
  private final List<HealthCheck> checks;

  public UpstreamFilter(UpstreamOptions options) {
    this(options, HttpClients.SHARED, System::nanoTime, InstantSource.system());
  }

  UpstreamFilter(
      UpstreamOptions options, HttpClients http, LongSupplier nanoTime, InstantSource clock) {
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
    this.options = options;
    this.directory = new Directory(allowed, named);
    this.sender = new Sender(options, directory, new Identity(options.secret(), clock));
    this.checks = checks(options, named);
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var outcome = chain.proceed(exchange);
    return outcome instanceof Outcome.Done && exchange.request().headers().has(UPSTREAM)
        ? forward(exchange)
        : outcome;
  }

  /** Only where the header stands. */
  @Override
  public boolean mayBlock(Message message) {
    return message.headers().has(UPSTREAM);
  }

  @Override
  public List<Measure> measures() {
    var measures = new ArrayList<>(directory.measures());
    measures.add(
        Measure.counter(
            "upstream_retries", "Requests that were sent once more", (double) sender.retries()));
    return measures;
  }

  /** Stops asking after anybody's health. */
  @Override
  public void close() {
    checks.forEach(HealthCheck::close);
  }

  private Outcome forward(Exchange exchange) throws InterruptedException {
    if (exchange.connection().home().isCurrent()) {
      throw new IllegalStateException(
          "the header upstream was added to a message that runs on an event loop: the mayBlock of"
              + " who adds it has to say yes");
    }
    var request = exchange.request();
    var asked = Asked.parse(request.header(UPSTREAM).orElse(""));
    if (!options.methods().contains(asked.method())) {
      throw new RefusedException(403, "this method is not allowed");
    }
    var answer =
        sender.send(
            request,
            Identity.Speaker.of(exchange.connection(), request.command()),
            asked.method(),
            directory.find(asked.target()));
    if (asked.method().asks() || request.headers().is("upstream-reply", "true")) {
      return reply(exchange, answer);
    }
    return answer.successful()
        ? Outcome.done()
        : Outcome.refused(502, "the upstream answered with " + answer.status());
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
