package io.lhttp.spring;

import io.lhttp.AddressBlock;
import io.lhttp.channel.Retention;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.server.Drain;
import io.lhttp.server.HostRule;
import io.lhttp.server.Hosts;
import io.lhttp.server.OriginRule;
import io.lhttp.server.Transport;
import io.lhttp.server.TrustedProxies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * The properties {@code lhttp.*}. They have the names, the values and the defaults of {@code
 * lhttp.yaml}. An unknown property ends the start.
 *
 * @param listen the address to listen on; a port alone is on all interfaces, and port 0 is a free
 *     one
 * @param autoStartup whether the server starts with the application
 * @param filters the names of the filters, in the order in which messages run through them. Without
 *     it, all beans that are filters, by their order, and then pubsub and multipart
 * @param broker where channels live: memory for this process alone, nats for several servers
 * @param origins origins of web pages that may connect and publish beside the server's own pages
 * @param hosts the host names that the server answers; by default any
 * @param trustedProxies the addresses of proxies whose forwarding headers count
 * @param forwardedHeader the only forwarding header that counts; by default both, and a request
 *     whose headers differ is refused
 * @param proxyProtocol whether trusted proxies begin each connection with a PROXY header
 * @param publishEndpoint whether there is POST /publish
 * @param limits the bounds on the cost of one client, and of all together
 * @param slowConsumers what happens to a client that reads too slowly, by channel, or by the
 *     beginning of one and *; the first that fits counts, and the default is close
 * @param history the channels with a history, by name, or by the beginning of one and *; the first
 *     that fits counts
 * @param presence the channels with presence, by name, or by the beginning of one and *; the first
 *     that fits counts
 * @param tls the certificate, if the server itself encrypts
 * @param publicFolder the folder of static files
 * @param transport the kernel's interface for network events
 * @param compression whether messages are compressed for clients that offer permessage-deflate
 * @param drain how connections end before the server stops
 * @param trace whether clients may ask for traces with trace:true
 */
@ConfigurationProperties(prefix = LhttpProperties.PREFIX, ignoreUnknownFields = false)
public record LhttpProperties(
    @DefaultValue("8081") ListenAddress listen,
    @DefaultValue("true") boolean autoStartup,
    @Nullable List<String> filters,
    @DefaultValue @NestedConfigurationProperty BrokerProperties broker,
    @DefaultValue List<OriginRule> origins,
    @DefaultValue List<HostRule> hosts,
    @DefaultValue List<AddressBlock> trustedProxies,
    TrustedProxies.@Nullable Header forwardedHeader,
    @DefaultValue("false") boolean proxyProtocol,
    @DefaultValue("true") boolean publishEndpoint,
    @DefaultValue @NestedConfigurationProperty LimitsProperties limits,
    @DefaultValue Map<String, SlowConsumer> slowConsumers,
    @DefaultValue Map<String, HistoryProperties> history,
    @DefaultValue Map<String, PresenceProperties> presence,
    @Nullable TlsProperties tls,
    @Name("public") @Nullable String publicFolder,
    @DefaultValue("auto") Transport transport,
    @DefaultValue("true") boolean compression,
    @DefaultValue DrainProperties drain,
    @DefaultValue("false") boolean trace) {
  static final String PREFIX = "lhttp";

  /**
   * @throws IllegalArgumentException if values do not fit together
   */
  public LhttpProperties {
    filters = filters == null ? null : List.copyOf(filters);
    origins = List.copyOf(origins);
    hosts = List.copyOf(hosts);
    trustedProxies = List.copyOf(trustedProxies);
    slowConsumers = ordered(slowConsumers);
    history = ordered(history);
    presence = ordered(presence);
    var unusedLimits = limits.limits();
    var unusedProxies = proxies(trustedProxies, forwardedHeader, proxyProtocol);
    if (trustedProxies.isEmpty() && (proxyProtocol || forwardedHeader != null)) {
      throw new IllegalArgumentException(
          "proxy-protocol and forwarded-header are about trusted-proxies, and there are none");
    }
  }

  /** The proxies in front of the server. */
  TrustedProxies proxies() {
    return proxies(trustedProxies, forwardedHeader, proxyProtocol);
  }

  /** The host names that the server answers. */
  Hosts hostCheck() {
    return hosts.isEmpty() ? Hosts.any() : Hosts.only(hosts);
  }

  /** The bounds of histories by pattern. */
  SequencedMap<String, Retention> histories() {
    var histories = new LinkedHashMap<String, Retention>();
    history.forEach((pattern, value) -> histories.put(pattern, value.retention()));
    return histories;
  }

  /** The rules of presence by pattern. */
  SequencedMap<String, PresenceRule> presenceRules() {
    var rules = new LinkedHashMap<String, PresenceRule>();
    presence.forEach((pattern, value) -> rules.put(pattern, value.rule()));
    return rules;
  }

  private static TrustedProxies proxies(
      List<AddressBlock> blocks, TrustedProxies.@Nullable Header header, boolean proxyProtocol) {
    var trusted = TrustedProxies.of(blocks);
    if (header != null) {
      trusted = trusted.writing(header);
    }
    return proxyProtocol ? trusted.withProxyProtocol() : trusted;
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /**
   * The bounds of a history.
   *
   * @param messages the most messages, 1 to 100,000; the oldest go first
   * @param time the longest time that a message is kept
   * @param bytes the most bytes, 1KiB at least
   */
  public record HistoryProperties(
      @DefaultValue("100") int messages,
      @Name("for") @DefaultValue("10m") Duration time,
      @DefaultValue("1MiB") ByteSize bytes) {
    /**
     * @throws IllegalArgumentException if a bound is out of its range
     */
    public HistoryProperties {
      var unused = new Retention(messages, time, bytes.asInt());
    }

    Retention retention() {
      return new Retention(messages, time, bytes.asInt());
    }
  }

  /**
   * The presence of channels.
   *
   * @param grace the time for which a member stays after its last connection has ended, at most an
   *     hour. If the member reconnects within this time, no client sees it leave or join
   * @param countOnly whether clients get only the number of members
   * @param members the most members that each server knows by name, 1 to 10,000. Beyond this number
   *     the server counts connections
   */
  public record PresenceProperties(
      @DefaultValue("10s") Duration grace,
      @DefaultValue("false") boolean countOnly,
      @DefaultValue("1000") int members) {
    /**
     * @throws IllegalArgumentException if a value is out of its range
     */
    public PresenceProperties {
      var unused = new PresenceRule(grace, countOnly, members);
    }

    PresenceRule rule() {
      return new PresenceRule(grace, countOnly, members);
    }
  }

  /**
   * The files of certificate and key, in PEM. The server reads them again when they change.
   *
   * @param certificate the certificate, with the chain up to its authority
   * @param key the private key, in PKCS #8
   */
  public record TlsProperties(@Nullable Path certificate, @Nullable Path key) {
    /**
     * @throws IllegalArgumentException if one is missing
     */
    public TlsProperties {
      if (certificate == null || key == null) {
        throw new IllegalArgumentException("tls needs a certificate and a key");
      }
    }
  }

  /**
   * How connections end before the server stops.
   *
   * @param deadline the server cuts connections that are still open after this time, or after five
   *     sixths of spring.lifecycle.timeout-per-shutdown-phase if that is earlier
   * @param perSecond the number of connections closed per second; each tenth of a second the server
   *     closes a tenth of them
   * @param retryAfter the shortest pause before a client reconnects. Each client is told a time of
   *     its own between this and twice this, at most a day
   */
  public record DrainProperties(
      @DefaultValue("30s") Duration deadline,
      @DefaultValue("1000") int perSecond,
      @DefaultValue("1s") Duration retryAfter) {
    /**
     * @throws IllegalArgumentException if a value is out of its range
     */
    public DrainProperties {
      var unused = new Drain(deadline, perSecond, retryAfter);
    }

    /** Returns the pace of a drain that ends within a phase of the application's shutdown. */
    Drain within(Duration phase) {
      var longest = phase.multipliedBy(5).dividedBy(6);
      return new Drain(deadline.compareTo(longest) < 0 ? deadline : longest, perSecond, retryAfter);
    }
  }
}
