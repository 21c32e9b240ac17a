package io.lhttp.app.settings;

import io.lhttp.AddressBlock;
import io.lhttp.Secret;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The key {@code tracing}. A reload applies all keys but {@code otlp}, {@code service-name} and
 * {@code resource}.
 *
 * @param otlp the collector, {@code http://HOST:4318} or a whole URL; by default that of the
 *     variables {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT} and {@code OTEL_EXPORTER_OTLP_ENDPOINT},
 *     or else {@code http://localhost:4318}
 * @param sample the share of messages and handshakes without a trusted parent that are recorded; by
 *     default that of the variables {@code OTEL_TRACES_SAMPLER} and {@code
 *     OTEL_TRACES_SAMPLER_ARG}, or else {@code 1/100}
 * @param headers the headers of requests to the collector, such as {@code authorization}
 * @param serviceName the name of this service in traces; by default that of the variable {@code
 *     OTEL_SERVICE_NAME}, or else {@code lhttp}
 * @param resource further attributes of this server in traces
 * @param trust the addresses of senders whose {@code traceparent} is the parent, beside those of
 *     {@code trusted-proxies}; that of other senders is a link
 * @param trustProxies whether the {@code traceparent} of a handshake that a trusted proxy forwards
 *     is the parent; only for proxies that set or remove the header
 * @param subscribers whether publications of recorded messages carry {@code traceparent} to
 *     subscribers
 */
public record TracingSettings(
    Optional<URI> otlp,
    Optional<Share> sample,
    Map<String, Secret> headers,
    Optional<String> serviceName,
    Map<String, String> resource,
    List<AddressBlock> trust,
    boolean trustProxies,
    boolean subscribers) {
  static final TracingSettings DEFAULT =
      new TracingSettings(
          Optional.empty(),
          Optional.empty(),
          Map.of(),
          Optional.empty(),
          Map.of(),
          List.of(),
          false,
          false);

  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7E\\t]*");

  public TracingSettings {
    headers = Map.copyOf(headers);
    resource = Map.copyOf(resource);
    trust = List.copyOf(trust);
    otlp.ifPresent(TracingSettings::check);
    for (var header : headers.entrySet()) {
      if (!HEADER.matcher(header.getKey()).matches()) {
        throw new IllegalArgumentException("headers: a name has letters, digits and hyphens");
      }
      if (!VALUE.matcher(header.getValue().text()).matches()) {
        throw new IllegalArgumentException(
            "headers: the value of %s has characters beyond ASCII, or line ends"
                .formatted(header.getKey()));
      }
    }
    for (var name : resource.keySet()) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("resource: a name is empty");
      }
    }
    if (serviceName.isPresent() && serviceName.get().isBlank()) {
      throw new IllegalArgumentException("service-name is empty");
    }
  }

  /** Whether both send spans to the same collector, as the same service. */
  public boolean hasExporterOf(TracingSettings other) {
    return otlp.equals(other.otlp)
        && serviceName.equals(other.serviceName)
        && resource.equals(other.resource);
  }

  /**
   * Checks that the address is one to which OTLP over HTTP can go.
   *
   * @throws IllegalArgumentException whose message says what is wrong
   */
  public static void check(URI otlp) {
    var scheme = otlp.getScheme() == null ? "" : otlp.getScheme().toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || otlp.getHost() == null) {
      throw new IllegalArgumentException(
          "otlp: expected a URL of http or https, such as http://localhost:4318");
    }
    if (otlp.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "otlp: credentials belong into headers, such as authorization");
    }
  }
}
