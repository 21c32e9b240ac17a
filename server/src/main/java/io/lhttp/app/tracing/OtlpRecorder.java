package io.lhttp.app.tracing;

import io.lhttp.AddressBlock;
import io.lhttp.Metric;
import io.lhttp.app.settings.Share;
import io.lhttp.app.settings.TracingSettings;
import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which spans are recorded, and passes these to OpenTelemetry. A span with a parent is
 * recorded if the parent is; any other by chance. All threads may use it.
 */
final class OtlpRecorder implements SpanRecorder {
  private static final Logger log = LoggerFactory.getLogger(OtlpRecorder.class);

  /** The bounds of one span, because attributes have texts of clients. */
  private static final SpanLimits LIMITS =
      SpanLimits.builder()
          .setMaxNumberOfAttributes(64)
          .setMaxNumberOfEvents(128)
          .setMaxNumberOfLinks(8)
          .setMaxAttributeValueLength(256)
          .build();

  private final List<AddressBlock> proxies;
  private final Share defaultShare;
  private final SpanQueue queue;
  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private volatile Supplier<Optional<TracingSettings>> settings;

  private OtlpRecorder(
      TracingSettings settings,
      List<AddressBlock> proxies,
      Share defaultShare,
      SpanQueue queue,
      SdkTracerProvider provider) {
    var first = Optional.of(settings);
    this.settings = () -> first;
    this.proxies = List.copyOf(proxies);
    this.defaultShare = defaultShare;
    this.queue = queue;
    this.provider = provider;
    this.tracer = provider.get("io.lhttp");
  }

  static OtlpRecorder start(
      TracingSettings settings, List<AddressBlock> proxies, OtelVariables variables) {
    var endpoint = variables.endpoint(settings.otlp());
    var share = variables.share();
    var resource = resource(settings, variables);
    var headers = new Headers(settings, variables.headers());
    var exporter = exporter(endpoint, headers, variables);
    var queue = SpanQueue.start(exporter, endpoint, variables);
    var provider =
        SdkTracerProvider.builder()
            .setSampler(Sampler.alwaysOn()) // this class has decided before
            .setSpanLimits(LIMITS)
            .setResource(resource)
            .addSpanProcessor(queue)
            .build();
    var recorder = new OtlpRecorder(settings, proxies, share, queue, provider);
    headers.follow(() -> recorder.settings.get());
    log.info("tracing to {}", SpanQueue.shown(endpoint));
    return recorder;
  }

  private static Resource resource(TracingSettings settings, OtelVariables variables) {
    var attributes = Attributes.builder();
    attributes.put("service.name", "lhttp");
    attributes.put("service.instance.id", UUID.randomUUID().toString());
    put(variables.resource(), attributes);
    put(settings.resource(), attributes);
    settings.serviceName().ifPresent(name -> attributes.put("service.name", name));
    return Resource.getDefault().merge(Resource.create(attributes.build()));
  }

  private static void put(Map<String, String> from, AttributesBuilder to) {
    from.forEach(to::put);
  }

  private static OtlpHttpSpanExporter exporter(
      URI endpoint, Supplier<Map<String, String>> headers, OtelVariables variables) {
    var builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(endpoint.toString())
            .setTimeout(variables.timeout())
            .setRetryPolicy(null) // the next batch is the next try
            .setHeaders(headers);
    if (variables.compressed()) {
      builder.setCompression("gzip");
    }
    var certificates = variables.certificates();
    if (certificates.isPresent()) {
      try {
        builder.setTrustedCertificates(Files.readAllBytes(certificates.get()));
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "OTEL_EXPORTER_OTLP_CERTIFICATE: no file that can be read: " + certificates.get(), e);
      }
    }
    return builder.build();
  }

  /** The headers of requests to the collector, with those of the running application. */
  private static final class Headers implements Supplier<Map<String, String>> {
    private final Map<String, String> fromVariables;
    private volatile Supplier<Optional<TracingSettings>> settings;

    Headers(TracingSettings settings, Map<String, String> fromVariables) {
      var first = Optional.of(settings);
      this.settings = () -> first;
      this.fromVariables = fromVariables;
    }

    void follow(Supplier<Optional<TracingSettings>> settings) {
      this.settings = settings;
    }

    @Override
    public Map<String, String> get() {
      var all = new HashMap<>(fromVariables);
      settings
          .get()
          .ifPresent(now -> now.headers().forEach((name, value) -> all.put(name, value.text())));
      return all;
    }
  }

  @Override
  public void follow(Supplier<Optional<TracingSettings>> settings) {
    this.settings = settings;
  }

  @Override
  public Span begin(Span.Kind kind, String name, Cause cause) {
    var parent = cause.parent();
    if (!(parent.isPresent() ? parent.get().sampled() && on() : chosen())) {
      return new UnrecordedSpan(parent);
    }
    var builder = tracer.spanBuilder(name).setSpanKind(kind(kind));
    if (parent.isPresent()) {
      builder.setParent(
          Context.root().with(io.opentelemetry.api.trace.Span.wrap(context(parent.get()))));
    } else {
      builder.setNoParent();
    }
    for (var link : cause.links()) {
      builder.addLink(context(link));
    }
    return new RecordedSpan(tracer, builder.startSpan());
  }

  static SpanKind kind(Span.Kind kind) {
    return switch (kind) {
      case SERVER -> SpanKind.SERVER;
      case CLIENT -> SpanKind.CLIENT;
      case PRODUCER -> SpanKind.PRODUCER;
      case CONSUMER -> SpanKind.CONSUMER;
    };
  }

  private static SpanContext context(TraceContext sent) {
    return SpanContext.createFromRemoteParent(
        sent.traceId(),
        sent.spanId(),
        sent.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        state(sent));
  }

  private static TraceState state(TraceContext sent) {
    if (sent.state().isEmpty()) {
      return TraceState.getDefault();
    }
    var builder = TraceState.builder();
    var members = sent.state().split(",", -1);
    for (var i = members.length - 1; i >= 0; i--) { // each put goes to the front
      var equals = members[i].indexOf('=');
      builder.put(members[i].substring(0, equals), members[i].substring(equals + 1));
    }
    return builder.build();
  }

  private boolean on() {
    return settings.get().isPresent();
  }

  private boolean chosen() {
    var now = settings.get();
    return now.isPresent()
        && ThreadLocalRandom.current().nextDouble()
            < now.get().sample().orElse(defaultShare).value();
  }

  @Override
  public boolean trusts(InetAddress client) {
    return contains(proxies, client)
        || settings.get().filter(now -> contains(now.trust(), client)).isPresent();
  }

  private static boolean contains(List<AddressBlock> blocks, InetAddress client) {
    for (var block : blocks) {
      if (block.contains(client)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean trustsProxies() {
    return settings.get().filter(TracingSettings::trustProxies).isPresent();
  }

  @Override
  public boolean reachesSubscribers() {
    return settings.get().filter(TracingSettings::subscribers).isPresent();
  }

  @Override
  public List<Metric> metrics() {
    return queue.metrics();
  }

  @Override
  public void close() {
    queue.close();
    provider.close();
  }
}
