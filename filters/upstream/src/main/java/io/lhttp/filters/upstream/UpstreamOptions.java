package io.lhttp.filters.upstream;

import io.lhttp.AddressBlock;
import io.lhttp.Secrets;
import io.lhttp.outgoing.OutgoingHeaders;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The options of the filter {@code upstream}. A destination that these options do not allow is
 * refused.
 *
 * @param allow URLs that messages may name, and all below them
 * @param named upstreams that messages may name instead, each of one or several targets
 * @param routes the targets of all messages of a command, whoever sends them, with the method
 *     before the target
 * @param fromClients the messages that may name their own target. By default none if there are
 *     routes; without routes all, with a warning in the log, and a later version will make this
 *     none
 * @param addresses addresses that are allowed although they are not public; an address or {@code
 *     localhost} in a URL of these options is allowed for that URL
 * @param methods methods that messages may use; a route may use any method
 * @param headers message headers that become HTTP headers; {@code *} for all but secrets and those
 *     that backends trust as a proxy's
 * @param redirects the most redirects that are followed, each to a target that the message could
 *     have named
 * @param retries how often a request is repeated if its method is idempotent, or if no server can
 *     have received it
 * @param connectTimeout the longest time to open a connection
 * @param timeout the longest time of the whole exchange: queue, redirects, retries and response
 * @param responseBytes the longest body of a response
 * @param concurrency the most requests at the same time per target, 1 at least. One client has at
 *     most half of them, two have a third each, and so on
 * @param queue the most requests that wait per target; more are refused with 429 or 503, first
 *     those of the client with the most
 * @param breaker the limits of the circuit breaker
 * @param secret the key with which the filter signs the sender's identity, so that a backend can
 *     trust it; of 16 characters at least
 */
public record UpstreamOptions(
    List<AllowRule> allow,
    Map<String, Named> named,
    Map<String, Route> routes,
    Optional<ClientTargetRules> fromClients,
    List<AddressBlock> addresses,
    List<HttpMethod> methods,
    List<String> headers,
    int redirects,
    int retries,
    Duration connectTimeout,
    Duration timeout,
    int responseBytes,
    int concurrency,
    int queue,
    BreakerOptions breaker,
    Optional<Secrets> secret) {
  /** Allows GET and POST, and no destination. */
  public static final UpstreamOptions DEFAULT =
      new UpstreamOptions(
          List.of(),
          Map.of(),
          Map.of(),
          Optional.empty(),
          List.of(),
          List.of(HttpMethod.GET, HttpMethod.POST),
          List.of(
              "accept",
              "accept-language",
              "content-language",
              "content-type",
              "idempotency-key",
              "message-id",
              "publish",
              "traceparent",
              "tracestate"),
          0,
          1,
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          256 * 1024,
          64,
          256,
          new BreakerOptions(5, Duration.ofSeconds(10)),
          Optional.empty());

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /**
   * An upstream of several equivalent targets.
   *
   * @param targets the URLs between which requests are balanced
   * @param health the health check; without one only the breaker detects failures
   */
  public record Named(List<AllowRule> targets, Optional<Health> health) {
    public Named {
      targets = List.copyOf(targets);
      if (targets.isEmpty()) {
        throw new IllegalArgumentException("a named upstream has at least one of 'targets'");
      }
      for (var target : targets) {
        if (target.url().isEmpty()) {
          throw new IllegalArgumentException(
              "a target is one URL, without any '*': "
                  + target.text()
                  + (target.below() ? "*" : ""));
        }
      }
    }
  }

  /**
   * The health check of targets. A target that does not answer with 2xx gets no requests until it
   * does.
   *
   * @param path the path that is requested with GET at each target's host
   * @param every the time between two requests
   */
  public record Health(String path, Duration every) {
    static final Health DEFAULT = new Health("/", Duration.ofSeconds(5));

    public Health {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("'path' begins with a slash");
      }
      OptionChecks.positive("every", every);
    }
  }

  /**
   * The circuit breaker of a target.
   *
   * @param failures the number of failures in a row that stops requests; 0 for never. Each failed
   *     connection counts; a time-out, 502, 503 or 504 counts once per client. Failures of one
   *     client stop only that client's requests. Targets of a rule that lets clients choose the
   *     host or the port have no breaker
   * @param pause the time after which one request tries again
   */
  public record BreakerOptions(int failures, Duration pause) {
    static final BreakerOptions DEFAULT = new BreakerOptions(5, Duration.ofSeconds(10));

    public BreakerOptions {
      OptionChecks.atLeast("failures", failures, 0);
      OptionChecks.positive("pause", pause);
    }
  }

  public UpstreamOptions {
    allow = List.copyOf(allow);
    named = Map.copyOf(named);
    routes = Map.copyOf(routes);
    addresses = List.copyOf(addresses);
    methods = List.copyOf(methods);
    headers = List.copyOf(headers);
    for (var name : named.keySet()) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "a name has 1 to 64 letters, digits, '-' and '_', not '" + name + "'");
      }
    }
    for (var route : routes.entrySet()) {
      requireKnown(route.getKey(), route.getValue(), named.keySet());
    }
    for (var header : headers) {
      if (!header.equals("*") && !OutgoingHeaders.passable(header)) {
        throw new IllegalArgumentException("the header '" + header + "' never travels");
      }
    }
    OptionChecks.atLeast("redirects", redirects, 0);
    OptionChecks.atLeast("retries", retries, 0);
    OptionChecks.atLeast("response-bytes", responseBytes, 1);
    OptionChecks.atLeast("concurrency", concurrency, 1);
    OptionChecks.atLeast("queue", queue, 0);
    OptionChecks.positive("connect-timeout", connectTimeout);
    OptionChecks.positive("timeout", timeout);
    secret.ifPresent(OptionChecks::secret);
  }

  /**
   * Returns the rules for messages that name their target, also if the configuration says nothing
   * about them.
   */
  ClientTargetRules effectiveFromClients() {
    return fromClients.orElse(routes.isEmpty() ? ClientTargetRules.ANY : ClientTargetRules.NONE);
  }

  /** Whether clients may choose a target only because the configuration says nothing about it. */
  boolean fromClientsIsUnset() {
    return fromClients.isEmpty() && routes.isEmpty() && !(named.isEmpty() && allow.isEmpty());
  }

  private static void requireKnown(String command, Route route, Set<String> names) {
    var name = route.name();
    if (name.isPresent() && !names.contains(name.get())) {
      throw new IllegalArgumentException(
          "the route of '%s' leads to '%s', which is none of 'named': %s"
              .formatted(command, name.get(), names.isEmpty() ? "there is none" : sorted(names)));
    }
  }

  private static String sorted(Set<String> names) {
    return names.stream().sorted().collect(Collectors.joining(", "));
  }

  /** Returns a builder with the options of {@link #DEFAULT}. */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Builds options in a program. The methods are named as the keys of a configuration file. Not
   * thread-safe.
   */
  public static final class Builder {
    private List<AllowRule> allow;
    private Map<String, Named> named;
    private Map<String, Route> routes;
    private Optional<ClientTargetRules> fromClients;
    private List<AddressBlock> addresses;
    private List<HttpMethod> methods;
    private List<String> headers;
    private int redirects;
    private int retries;
    private Duration connectTimeout;
    private Duration timeout;
    private int responseBytes;
    private int concurrency;
    private int queue;
    private BreakerOptions breaker;
    private Optional<Secrets> secret;

    private Builder(UpstreamOptions from) {
      allow = from.allow;
      named = from.named;
      routes = from.routes;
      fromClients = from.fromClients;
      addresses = from.addresses;
      methods = from.methods;
      headers = from.headers;
      redirects = from.redirects;
      retries = from.retries;
      connectTimeout = from.connectTimeout;
      timeout = from.timeout;
      responseBytes = from.responseBytes;
      concurrency = from.concurrency;
      queue = from.queue;
      breaker = from.breaker;
      secret = from.secret;
    }

    /**
     * Sets the URLs that messages may name, as {@link AllowRule#parse} reads them. Default: none.
     */
    public Builder allow(String... rules) {
      allow = List.of(rules).stream().map(AllowRule::parse).toList();
      return this;
    }

    /** Sets the upstreams that messages may name, by their names. Default: none. */
    public Builder named(Map<String, Named> named) {
      this.named = named;
      return this;
    }

    /** Sets the target of a command's messages: {@code route("chat", "POST records")}. */
    public Builder route(String command, String route) {
      var more = new HashMap<>(routes);
      more.put(command, Route.parse(route));
      routes = more;
      return this;
    }

    /** Sets which messages may name their own target. Default: all without routes, else none. */
    public Builder fromClients(ClientTargetRules fromClients) {
      this.fromClients = Optional.of(fromClients);
      return this;
    }

    /**
     * Allows addresses that are not public, in CIDR notation. Default: none but those of URLs
     * above.
     */
    public Builder addresses(String... blocks) {
      addresses = Stream.of(blocks).map(AddressBlock::parse).toList();
      return this;
    }

    Builder addresses(List<AddressBlock> blocks) {
      addresses = blocks;
      return this;
    }

    /** Sets the methods that messages may use. Default: GET and POST. */
    public Builder methods(HttpMethod... methods) {
      this.methods = List.of(methods);
      return this;
    }

    /** Sets the message headers that become HTTP headers. Default: those of {@link #DEFAULT}. */
    public Builder headers(String... headers) {
      this.headers = List.of(headers);
      return this;
    }

    /** Sets the most redirects that are followed. Default: 0. */
    public Builder redirects(int redirects) {
      this.redirects = redirects;
      return this;
    }

    /** Sets how often a request with an idempotent method is repeated. Default: once. */
    public Builder retries(int retries) {
      this.retries = retries;
      return this;
    }

    /** Sets the longest time to open a connection. Default: 2 seconds. */
    public Builder connectTimeout(Duration connectTimeout) {
      this.connectTimeout = connectTimeout;
      return this;
    }

    /** Sets the longest time of the whole exchange, retries included. Default: 10 seconds. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /**
     * Sets the most bytes of a response's body; a longer one is refused with 502. Default: 256 KiB.
     */
    public Builder responseBytes(int responseBytes) {
      this.responseBytes = responseBytes;
      return this;
    }

    /**
     * Sets the most requests at the same time per target. One client has at most half of them, two
     * have a third each, and so on. Default: 64.
     */
    public Builder concurrency(int concurrency) {
      this.concurrency = concurrency;
      return this;
    }

    /**
     * Sets the most requests that wait per target; more are refused with 429 or 503, first those of
     * the client with the most. Default: 256.
     */
    public Builder queue(int queue) {
      this.queue = queue;
      return this;
    }

    /**
     * Sets the limits of the circuit breaker, see {@link BreakerOptions}. Default: 5 failures, 10
     * seconds.
     */
    public Builder breaker(int failures, Duration pause) {
      this.breaker = new BreakerOptions(failures, pause);
      return this;
    }

    /**
     * Sets the key with which the filter signs the sender's identity. Default: it is not signed.
     */
    public Builder secret(String secret) {
      return secrets(Secrets.of(secret));
    }

    /**
     * Sets the keys with which the filter signs: with the first, and with the second in a header of
     * its own. Default: none.
     */
    public Builder secrets(Secrets secrets) {
      this.secret = Optional.of(secrets);
      return this;
    }

    /**
     * @throws IllegalArgumentException if an option is wrong; the text names it
     */
    public UpstreamOptions build() {
      return new UpstreamOptions(
          allow,
          named,
          routes,
          fromClients,
          addresses,
          methods,
          headers,
          redirects,
          retries,
          connectTimeout,
          timeout,
          responseBytes,
          concurrency,
          queue,
          breaker,
          secret);
    }
  }
}
