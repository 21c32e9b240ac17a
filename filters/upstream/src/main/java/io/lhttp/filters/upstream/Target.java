package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.Metric;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server of an upstream, with its queue, health, breaker and counters. All threads may use it.
 */
final class Target {
  private static final Logger log = LoggerFactory.getLogger(Target.class);

  /** The result of a request. */
  enum Result {
    /** The target sent a response, with any status. */
    ANSWERED,
    /** The connection failed or broke, or the response was no HTTP. */
    FAILED,
    TIMED_OUT,
    /** The target's queue was full, or the request waited in it for too long. */
    QUEUE_FULL,
    /** The client had its share of the target's places and queue. */
    CLIENT_LIMIT,
    /** The host's address is not allowed. */
    FORBIDDEN,
    TOO_LARGE
  }

  /** The target's name in the configuration, which is also a label of metrics. */
  final String name;

  final AllowRule rule;
  final OkHttpClient client;
  final ConcurrencyLimiter limiter;
  final TargetBreaker breaker;
  private final Map<Result, LongAdder> results = new EnumMap<>(Result.class);
  private volatile boolean healthy = true;

  Target(AllowRule rule, OkHttpClient client, ConcurrencyLimiter limiter, TargetBreaker breaker) {
    this.name = rule.text();
    this.rule = rule;
    this.client = client;
    this.limiter = limiter;
    this.breaker = breaker;
    for (var result : Result.values()) {
      results.put(result, new LongAdder());
    }
  }

  void count(Result result) {
    var adder = results.get(result);
    if (adder != null) {
      adder.increment();
    }
  }

  /** Whether a request of this client may be sent to the target now. */
  boolean available(ClientKey client) {
    return healthy && breaker.permits(client);
  }

  void succeeded(ClientKey client) {
    if (breaker.succeeded(client)) {
      log.info("upstream target available again target={}", name);
    }
  }

  void failed(ClientKey client) {
    tellIf(breaker.failed(client));
  }

  void unreachable() {
    tellIf(breaker.unreachable());
  }

  private void tellIf(boolean opened) {
    if (opened) {
      log.warn(
          "circuit breaker opened, no requests target={} seconds={}",
          name,
          breaker.pause().plusMillis(999).toSeconds());
    }
  }

  void healthy(boolean now) {
    if (now != healthy) {
      log.warn("upstream health changed target={} healthy={}", name, now);
    }
    healthy = now;
  }

  void measure(String upstream, List<Metric> metrics) {
    results.forEach((result, count) ->
        metrics.add(
            labelled(
                    Metric.counter(
                        "upstream_requests",
                        "Requests to upstreams by result",
                        (double) count.sum()),
                    upstream)
                .with("result", result.name().toLowerCase(Locale.ROOT))));
    metrics.add(
        labelled(
            Metric.gauge(
                "upstream_in_flight", "Requests that wait for an answer", limiter.inside()),
            upstream));
    metrics.add(
        labelled(
            Metric.gauge(
                "upstream_waiting", "Requests that wait for their turn", limiter.waiting()),
            upstream));
    metrics.add(
        labelled(
            Metric.gauge(
                "upstream_available",
                "1 while requests may go to this target, 0 while its health check or breaker forbids it",
                healthy && !breaker.open() ? 1 : 0),
            upstream));
  }

  private Metric labelled(Metric measure, String upstream) {
    return measure.with("upstream", upstream).with("target", name);
  }
}
