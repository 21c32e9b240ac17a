package io.lhttp.app.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Receives spans by OTLP over HTTP, as a collector does, and takes requests to {@code /orders} as
 * an application does.
 */
final class Collector implements AutoCloseable {
  /**
   * One exported span.
   *
   * @param resource the attributes of the server
   */
  record Exported(Span span, Map<String, String> resource, String authorization) {
    String traceId() {
      return HexFormat.of().formatHex(span.getTraceId().toByteArray());
    }

    String spanId() {
      return HexFormat.of().formatHex(span.getSpanId().toByteArray());
    }

    String parentId() {
      return HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
    }

    List<String> linkedTraces() {
      return span.getLinksList().stream()
          .map(link -> HexFormat.of().formatHex(link.getTraceId().toByteArray()))
          .toList();
    }

    Map<String, String> attributes() {
      return texts(span.getAttributesList());
    }

    List<Map<String, String>> events() {
      return span.getEventsList().stream().map(event -> texts(event.getAttributesList())).toList();
    }
  }

  private final HttpServer server;
  private final BlockingQueue<Exported> spans = new LinkedBlockingQueue<>();
  private final BlockingQueue<Map<String, List<String>>> orders = new LinkedBlockingQueue<>();
  final List<Exported> all = new CopyOnWriteArrayList<>();

  Collector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v1/traces", this::receive);
    server.createContext("/orders", this::order);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port());
  }

  /** Returns the next span of this name. Others are dropped. */
  Exported next(String name) throws InterruptedException {
    while (true) {
      var span = spans.poll(60, TimeUnit.SECONDS);
      if (span == null) {
        throw new AssertionError("no span " + name + " among " + names());
      }
      if (span.span().getName().equals(name)) {
        return span;
      }
    }
  }

  private List<String> names() {
    return all.stream().map(span -> span.span().getName()).toList();
  }

  /** Returns the value of a header of the next request to {@code /orders}. */
  String nextOrder(String header) throws InterruptedException {
    var headers = orders.poll(60, TimeUnit.SECONDS);
    if (headers == null) {
      throw new AssertionError("no order");
    }
    return String.join("|", headers.getOrDefault(header, List.of()));
  }

  private void receive(HttpExchange request) throws IOException {
    try (request) {
      var body = request.getRequestBody().readAllBytes();
      if (!"application/x-protobuf".equals(request.getRequestHeaders().getFirst("content-type"))) {
        request.sendResponseHeaders(415, -1);
        return;
      }
      var authorization = String.valueOf(request.getRequestHeaders().getFirst("authorization"));
      for (var resource : ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()) {
        add(resource, authorization);
      }
      request.getResponseHeaders().set("content-type", "application/x-protobuf");
      request.sendResponseHeaders(200, -1);
    }
  }

  private void add(ResourceSpans resource, String authorization) {
    var attributes = texts(resource.getResource().getAttributesList());
    for (var scope : resource.getScopeSpansList()) {
      for (var span : scope.getSpansList()) {
        var exported = new Exported(span, attributes, authorization);
        all.add(exported);
        spans.add(exported);
      }
    }
  }

  private void order(HttpExchange request) throws IOException {
    try (request) {
      request.getRequestBody().readAllBytes();
      orders.add(
          request.getRequestHeaders().entrySet().stream()
              .collect(
                  Collectors.toMap(e -> e.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue)));
      request.sendResponseHeaders(200, 2);
      request.getResponseBody().write("ok".getBytes(UTF_8));
    }
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey,
                pair ->
                    pair.getValue().hasIntValue()
                        ? Long.toString(pair.getValue().getIntValue())
                        : pair.getValue().getStringValue()));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
