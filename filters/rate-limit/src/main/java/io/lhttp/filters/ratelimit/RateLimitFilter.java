package io.lhttp.filters.ratelimit;

import io.lhttp.AttributeKey;
import io.lhttp.Chain;
import io.lhttp.ClientKey;
import io.lhttp.ClientKey.Network;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.Surroundings;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Refuses messages beyond its limits with 429 and {@code retry-after}, and closes the connection
 * with 4429 after several refusals in a row. All threads may use it.
 *
 * <p>A message takes a token of every limit, or, if one limit has none left, of no limit. By
 * address of IPv6, it takes one of each network around the client, too, which has several clients'
 * tokens.
 */
@KeepsRoute
@NonBlocking
public final class RateLimitFilter implements Filter, MetricSource {
  /**
   * The most channels for which a message takes tokens. A message with more channels is refused by
   * the pub/sub filter.
   */
  private static final int CHANNELS = 64;

  private final List<Buckets> limits;
  private final int refusals;

  private static final AtomicLong INSTANCES = new AtomicLong();

  /** The attribute of a connection that all rate limits share. */
  private static final AttributeKey<ConsecutiveRefusals> REFUSED =
      AttributeKey.of("lhttp.rate-limit.refused", ConsecutiveRefusals.class);

  /** The number of this instance, boxed once so that no message has to box it. */
  private final Long instance = INSTANCES.incrementAndGet();

  private final LongSupplier nanos;
  private final long origin;

  /**
   * @throws IllegalArgumentException if the options have no limit, or an incomplete one
   */
  public RateLimitFilter(RateLimitOptions options) {
    this(options, System::nanoTime);
  }

  /** Creates a filter that uses the clock of these surroundings. */
  public RateLimitFilter(RateLimitOptions options, Surroundings surroundings) {
    this(options, surroundings.nanos());
  }

  /**
   * Creates a filter with another clock.
   *
   * @param nanos counts as {@link System#nanoTime} does
   */
  public RateLimitFilter(RateLimitOptions options, LongSupplier nanos) {
    this.limits =
        options.all().stream()
            .map(limit -> new Buckets(limit, options.keys(), options.newcomers(), nanos))
            .toList();
    this.refusals = options.refusals();
    this.nanos = nanos;
    this.origin = nanos.getAsLong();
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var wait = take(exchange.connection(), exchange.request());
    if (wait > 0) {
      return refuse(exchange.connection(), Duration.ofNanos(wait));
    }
    var rows = exchange.connection().attributes().get(REFUSED);
    if (rows.isPresent()) {
      rows.get().end(instance);
    }
    return chain.proceed(exchange);
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    for (var i = 0; i < limits.size(); i++) {
      var label = i + ":" + limits.get(i).limit.per();
      metrics.add(
          Metric.gauge("rate_limit_keys", "Buckets in memory.", (double) limits.get(i).size())
              .with("limit", label));
      metrics.add(
          Metric.counter(
                  "rate_limit_evictions",
                  "Buckets removed to make room before they were full again.",
                  (double) limits.get(i).evictions())
              .with("limit", label));
    }
    return List.copyOf(metrics);
  }

  /**
   * Takes a token of each limit. Returns 0 if all limits had one, otherwise the nanoseconds until
   * all have one.
   */
  private long take(Connection connection, Message message) {
    var now = nanos.getAsLong() - origin;
    for (var i = 0; i < limits.size(); i++) {
      var wait = take(limits.get(i), connection, message, now);
      if (wait > 0) {
        for (var taken = 0; taken < i; taken++) {
          giveBack(limits.get(taken), connection, message);
        }
        return wait;
      }
    }
    return 0;
  }

  private static long take(Buckets buckets, Connection connection, Message message, long now) {
    var limit = buckets.limit;
    if (!limit.concerns(message.command())) {
      return 0;
    }
    if (!limit.per().channels()) {
      return take(buckets, connection, message, "", now);
    }
    var channels = channels(message);
    for (var i = 0; i < channels.size(); i++) {
      var wait = take(buckets, connection, message, channels.get(i), now);
      if (wait > 0) {
        for (var taken = 0; taken < i; taken++) {
          giveBack(buckets, connection, message, channels.get(taken));
        }
        return wait;
      }
    }
    return 0;
  }

  /** Takes a token of the client and of each network around it, or no token. */
  private static long take(
      Buckets buckets, Connection connection, Message message, String channel, long now) {
    var per = buckets.limit.per();
    var address = ClientKey.addressOf(connection);
    var networks = networks(per, connection, address);
    for (var i = 0; i < networks.size(); i++) {
      var network = networks.get(i);
      var key = per.key(connection, network, message, channel);
      var wait = buckets.take(key, address, network.clients(), now);
      if (wait > 0) {
        giveBack(buckets, connection, message, channel, networks.subList(0, i));
        return wait;
      }
    }
    var wait = buckets.take(per.key(connection, address, message, channel), address, 1, now);
    if (wait > 0) {
      giveBack(buckets, connection, message, channel, networks);
    }
    return wait;
  }

  private static List<Network> networks(KeyParts per, Connection connection, ClientKey address) {
    return per.countsAddress(connection) ? address.around() : List.of();
  }

  private static void giveBack(
      Buckets buckets, Connection connection, Message message, String channel) {
    var per = buckets.limit.per();
    var address = ClientKey.addressOf(connection);
    giveBack(buckets, connection, message, channel, networks(per, connection, address));
    buckets.giveBack(per.key(connection, address, message, channel), 1);
  }

  private static void giveBack(
      Buckets buckets,
      Connection connection,
      Message message,
      String channel,
      List<Network> networks) {
    for (var network : networks) {
      var key = buckets.limit.per().key(connection, network, message, channel);
      buckets.giveBack(key, network.clients());
    }
  }

  private static void giveBack(Buckets buckets, Connection connection, Message message) {
    var limit = buckets.limit;
    if (!limit.concerns(message.command())) {
      return;
    }
    if (!limit.per().channels()) {
      giveBack(buckets, connection, message, "");
      return;
    }
    for (var channel : channels(message)) {
      giveBack(buckets, connection, message, channel);
    }
  }

  private static List<String> channels(Message message) {
    var channels = message.headers().distinctWords("publish");
    return channels.size() > CHANNELS ? channels.subList(0, CHANNELS) : channels;
  }

  private Outcome refuse(Connection connection, Duration wait) {
    var refusal = Outcome.refused(429, "too many messages").retryAfter(wait);
    var inARow = connection.attributes().get(REFUSED, ConsecutiveRefusals::new).count(instance);
    return inARow < refusals
        ? refusal
        : Outcome.closed(
            CloseStatus.RATE_LIMIT.because(
                "rate limit; retry-after=" + refusal.retryAfterSeconds().orElse(1L)));
  }
}
