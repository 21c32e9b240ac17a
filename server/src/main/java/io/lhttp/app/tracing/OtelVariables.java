package io.lhttp.app.tracing;

import io.lhttp.app.settings.Share;
import io.lhttp.app.settings.TracingSettings;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the variables of the environment that OpenTelemetry defines for exporters of spans. */
final class OtelVariables {
  private static final Logger log = LoggerFactory.getLogger(OtelVariables.class);

  private static final String LOCAL = "http://localhost:4318";
  private static final String PATH = "/v1/traces";
  private static final Share DEFAULT_SHARE = new Share(0.01);
  private static final int MOST_SPANS = 1_000_000;

  private final Function<String, @Nullable String> environment;

  OtelVariables(Function<String, @Nullable String> environment) {
    this.environment = environment;
  }

  /** Whether the variables switch tracing off. */
  boolean off() {
    return text("OTEL_SDK_DISABLED").filter("true"::equalsIgnoreCase).isPresent()
        || text("OTEL_TRACES_EXPORTER").filter("none"::equals).isPresent();
  }

  /**
   * The URL to which spans go.
   *
   * @param written the address of {@code lhttp.yaml}, which wins
   */
  URI endpoint(Optional<URI> written) {
    text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        .or(() -> text("OTEL_EXPORTER_OTLP_PROTOCOL"))
        .filter(protocol -> !protocol.equals("http/protobuf"))
        .ifPresent(protocol ->
            log.warn(
                "spans are exported by http/protobuf, not by {}, which is not spoken", protocol));
    if (written.isPresent()) {
      return withPath(written.get());
    }
    var whole = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    var base = "OTEL_EXPORTER_OTLP_ENDPOINT";
    return text(whole)
        .map(url -> checked(whole, url))
        .orElseGet(() ->
            text(base)
                .map(url -> checked(base, url.replaceAll("/+$", "") + PATH))
                .orElse(URI.create(LOCAL + PATH)));
  }

  private static URI withPath(URI written) {
    return written.getRawPath() == null || written.getRawPath().replace("/", "").isEmpty()
        ? written.resolve(PATH)
        : written;
  }

  private static URI checked(String name, String url) {
    try {
      var uri = URI.create(url);
      TracingSettings.check(uri);
      return uri;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name + ": expected a URL of http or https, such as " + LOCAL, e);
    }
  }

  /** The share of spans without a parent that are recorded, if {@code lhttp.yaml} has none. */
  Share share() {
    var argument = text("OTEL_TRACES_SAMPLER_ARG");
    var sampler = text("OTEL_TRACES_SAMPLER").orElse("");
    return switch (sampler) {
      case "" -> DEFAULT_SHARE;
      case "always_on", "parentbased_always_on" -> new Share(1);
      case "always_off", "parentbased_always_off" -> new Share(0);
      case "traceidratio", "parentbased_traceidratio" -> {
        try {
          yield argument.map(Share::parse).orElse(new Share(1));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "OTEL_TRACES_SAMPLER_ARG: expected " + e.getMessage(), e);
        }
      }
      default ->
          throw new IllegalArgumentException(
              "OTEL_TRACES_SAMPLER: expected always_on, always_off, traceidratio, or one of them"
                  + " with parentbased_ before it");
    };
  }

  /** The headers of requests to the collector. */
  Map<String, String> headers() {
    return text("OTEL_EXPORTER_OTLP_TRACES_HEADERS").isPresent()
        ? pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
        : pairs("OTEL_EXPORTER_OTLP_HEADERS");
  }

  /** The attributes of the resource; {@code OTEL_SERVICE_NAME} is one of them. */
  Map<String, String> resource() {
    var resource = new LinkedHashMap<>(pairs("OTEL_RESOURCE_ATTRIBUTES"));
    text("OTEL_SERVICE_NAME").ifPresent(name -> resource.put("service.name", name));
    return resource;
  }

  /** Whether requests to the collector are compressed. */
  boolean compressed() {
    return text("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION")
        .or(() -> text("OTEL_EXPORTER_OTLP_COMPRESSION"))
        .filter("gzip"::equals)
        .isPresent();
  }

  /** The file with the certificates that the collector's has to come from. */
  Optional<Path> certificates() {
    return text("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE")
        .or(() -> text("OTEL_EXPORTER_OTLP_CERTIFICATE"))
        .map(Path::of);
  }

  /** The longest time of one request to the collector. */
  Duration timeout() {
    var name =
        text("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT").isPresent()
            ? "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"
            : "OTEL_EXPORTER_OTLP_TIMEOUT";
    return Duration.ofMillis(number(name, 10_000, 3_600_000));
  }

  /** The most spans that wait for their export. */
  int queue() {
    return number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048, MOST_SPANS);
  }

  /** The most spans of one request. */
  int batch() {
    return Math.min(number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, MOST_SPANS), queue());
  }

  /** The longest time that a span waits before its request begins. */
  Duration delay() {
    return Duration.ofMillis(number("OTEL_BSP_SCHEDULE_DELAY", 1_000, 3_600_000));
  }

  private int number(String name, int otherwise, int most) {
    var text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.get().matches("\\d{1,9}")
        || Integer.parseInt(text.get()) < 1
        || Integer.parseInt(text.get()) > most) {
      throw new IllegalArgumentException(
          "%s: expected a whole number from 1 to %d".formatted(name, most));
    }
    return Integer.parseInt(text.get());
  }

  /** Reads {@code name=value,name=value}, whose values are percent-encoded. */
  private Map<String, String> pairs(String name) {
    var pairs = new LinkedHashMap<String, String>();
    for (var pair : text(name).orElse("").split(",", -1)) {
      if (pair.isBlank()) {
        continue;
      }
      var equals = pair.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException(name + ": expected NAME=VALUE,NAME=VALUE");
      }
      try {
        pairs.put(
            pair.substring(0, equals).strip(),
            URLDecoder.decode(
                pair.substring(equals + 1).strip().replace("+", "%2B"), StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(name + ": a value has a malformed %-escape", e);
      }
    }
    return pairs;
  }

  private Optional<String> text(String name) {
    return Optional.ofNullable(environment.apply(name))
        .map(String::strip)
        .filter(t -> !t.isEmpty());
  }
}
