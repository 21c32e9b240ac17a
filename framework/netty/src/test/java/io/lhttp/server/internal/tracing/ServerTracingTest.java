package io.lhttp.server.internal.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.lhttp.AddressBlock;
import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.TrustedProxies;
import io.lhttp.server.fixture.Servers;
import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans of a server with a tracer, and what clients can do to them. */
class ServerTracingTest {
  private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private final RecordingTracer tracer = new RecordingTracer();

  /** Subscribes, publishes, or proceeds. */
  private static final class Channels implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      exchange.request().header("subscribe").ifPresent(exchange.connection()::subscribe);
      var outcome = chain.proceed(exchange);
      exchange
          .request()
          .header("publish")
          .ifPresent(channel -> exchange.publish(channel, exchange.request()));
      return outcome;
    }
  }

  private static final class Strict implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      return exchange.request().body().equals("bad")
          ? Outcome.refused(422, "bad")
          : chain.proceed(exchange);
    }
  }

  @Test
  void message_ofKnownCommand_hasSpanOfThatNameWithEachLink() throws Exception {
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text(Servers.echo("hi"));
      client.frame();

      var span = tracer.next("process echo");
      assertThat(span.kind()).isEqualTo(Span.Kind.CONSUMER);
      assertThat(span.attributes())
          .contains(
              entry("messaging.system", "lhttp"),
              entry("messaging.operation.type", "process"),
              entry("messaging.operation.name", "process"),
              entry("messaging.message.body.size", 2L),
              entry("lhttp.command", "echo"),
              entry("lhttp.generation", 1L),
              entry("lhttp.outcome", "handled"));
      assertThat(span.events())
          .extracting(event -> event.get("lhttp.link") + " " + event.get("lhttp.outcome"))
          .containsExactly("processor handled", "channels passed", "strict passed");
      assertThat(span.events())
          .allSatisfy(
              event -> assertThat(event.get("lhttp.microseconds")).isInstanceOf(Long.class));
      assertThat(span.failure()).isEmpty();
    }
  }

  @Test
  void message_ofUnknownCommand_hasSpanWithoutThatName() throws Exception {
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 whatever-a-client-sends\r\n\r\n");
      assertThat(client.receive().header("status")).contains("404");

      var span = tracer.next("process");
      assertThat(span.attributes())
          .contains(
              entry("lhttp.command", "whatever-a-client-sends"),
              entry("lhttp.outcome", "refused"),
              entry("lhttp.status", 404L));
      assertThat(span.failure()).isEmpty();
    }
  }

  @Test
  void message_thatFilterRefuses_saysSo() throws Exception {
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text(Servers.echo("bad"));
      client.frame();

      var span = tracer.next("process echo");
      assertThat(span.events())
          .extracting(event -> event.get("lhttp.link") + " " + event.get("lhttp.outcome"))
          .containsExactly("strict refused");
      assertThat(span.attributes()).contains(entry("lhttp.status", 422L));
    }
  }

  @Test
  void message_ofProcessorThatThrows_isFailed() throws Exception {
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 fail\r\n\r\n");
      client.frame();

      assertThat(tracer.next("process fail").failure()).contains("500");
    }
  }

  @Test
  void traceparent_ofClient_isLinkBesideHandshake() throws Exception {
    try (var server = start();
        var client = RawClient.open(server.port())) {
      var handshake = tracer.next("GET");
      client.text("LHTTP/1.0 echo\r\ntraceparent:" + PARENT + "\r\n\r\n");
      client.frame();

      var span = tracer.next("process echo");
      assertThat(handshake.attributes()).contains(entry("http.response.status_code", 101L));
      assertThat(span.parent()).isEmpty();
      assertThat(span.links()).containsExactly(context(), handshake.context());
    }
  }

  @Test
  void traceparent_ofTrustedSender_isParent() throws Exception {
    tracer.trusts = true;
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 echo\r\ntraceparent:" + PARENT + "\r\ntracestate:a=1\r\n\r\n");
      client.frame();

      assertThat(tracer.next("process echo").parent())
          .contains(
              new TraceContext(
                  "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true, "a=1"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "00-0-0-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
  void traceparent_malformed_isIgnored(String parent) throws Exception {
    tracer.trusts = true;
    try (var server = start();
        var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 echo\r\ntraceparent:" + parent + "\r\n\r\nstill");
      assertThat(client.frame().text()).endsWith("still");

      assertThat(tracer.next("process echo").parent()).isEmpty();
    }
  }

  @Test
  void traceparent_sentTwice_isIgnored() throws Exception {
    tracer.trusts = true;
    try (var server = start();
        var client = RawClient.open(server.port())) {
      var line = "traceparent:" + PARENT + "\r\n";
      client.text("LHTTP/1.0 echo\r\n" + line + line + "\r\n");
      client.frame();

      assertThat(tracer.next("process echo").parent()).isEmpty();
    }
  }

  @Test
  void traceparent_ofProxiedHandshake_isParentOnlyIfConfigured() throws Exception {
    try (var server =
        start(builder ->
            builder.trustedProxies(TrustedProxies.of(List.of(AddressBlock.parse("127.0.0.1")))))) {
      handshake(server);
      assertThat(tracer.next("GET").parent()).isEmpty();

      tracer.trustsProxies = true;
      handshake(server);
      assertThat(tracer.next("GET").parent()).contains(context());
    }
  }

  @Test
  void handshake_thatIsRefused_hasItsStatus() throws Exception {
    try (var server = start();
        var client = RawClient.connect(server.port())) {
      client.send(
          ("GET / HTTP/1.1\r\n"
                  + "Host: localhost\r\n"
                  + "Upgrade: websocket\r\n"
                  + "Connection: Upgrade\r\n"
                  + "Sec-WebSocket-Version: 12\r\n"
                  + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
              .getBytes(UTF_8));

      assertThat(tracer.next("GET").attributes())
          .contains(entry("http.response.status_code", 426L));
    }
  }

  @Test
  void traceparent_ofHttpRequestToPublish_counts() throws Exception {
    tracer.trusts = true;
    try (var server = start();
        var http = HttpClient.newHttpClient()) {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/publish"))
                  .header("traceparent", PARENT)
                  .POST(
                      HttpRequest.BodyPublishers.ofString("LHTTP/1.0 echo\r\npublish:room\r\n\r\n"))
                  .build(),
              BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(tracer.next("process echo").parent()).contains(context());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void publication_hasSpansOfPublishAndDelivery(boolean history) throws Exception {
    var histories = history ? Map.of("room", Retention.DEFAULT) : Map.<String, Retention>of();
    try (var server = start(builder -> builder.broker(new MemoryBroker(histories)));
        var one = RawClient.open(server.port());
        var other = RawClient.open(server.port())) {
      subscribe(one);
      subscribe(other);
      one.text("LHTTP/1.0 echo\r\npublish:room\r\n\r\nnews");
      var delivered = other.receive();

      var spans = tracer.next("publish", "deliver");
      var publish = spans.get(0);
      var deliver = spans.get(1);
      assertThat(publish.attributes())
          .contains(
              entry("messaging.destination.name", "room"),
              entry("messaging.operation.type", "send"));
      assertThat(deliver.parent()).contains(publish.context());
      assertThat(deliver.attributes())
          .contains(entry("messaging.destination.name", "room"), entry("lhttp.subscribers", 2L));
      assertThat(delivered.body()).isEqualTo("news");
      assertThat(delivered.header("traceparent")).isEmpty();
      assertThat(delivered.header("lhttp-traceparent")).isEmpty();
    }
  }

  @Test
  void publication_reachingSubscribers_carriesDelivery() throws Exception {
    tracer.reachesSubscribers = true;
    try (var server = start();
        var client = RawClient.open(server.port())) {
      subscribe(client);
      client.text("LHTTP/1.0 news\r\npublish:room\r\n\r\n");
      var delivered = client.receive();

      assertThat(delivered.header("traceparent"))
          .contains(tracer.next("deliver").context().toString());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void traceparent_ofClient_doesNotReachSubscribers(boolean recorded) throws Exception {
    tracer.records = recorded;
    try (var server = start();
        var client = RawClient.open(server.port())) {
      subscribe(client);
      client.text(
          "LHTTP/1.0 news\r\npublish:room\r\ntraceparent:%s\r\ntracestate:a=1\r\nlhttp-traceparent:%s\r\n\r\n"
              .formatted(PARENT, PARENT));
      var delivered = client.receive();

      assertThat(delivered.header("traceparent")).isEmpty();
      assertThat(delivered.header("tracestate")).isEmpty();
      assertThat(delivered.header("lhttp-traceparent")).isEmpty();
    }
  }

  @Test
  void traceparent_withoutTracer_travelsAsAnyHeader() throws Exception {
    try (var server = Servers.start(builder -> builder.filter("channels", new Channels()));
        var client = RawClient.open(server.port())) {
      subscribe(client);
      client.text(
          "LHTTP/1.0 news\r\npublish:room\r\ntraceparent:%s\r\nlhttp-traceparent:%s\r\n\r\n"
              .formatted(PARENT, PARENT));
      var delivered = client.receive();

      assertThat(delivered.header("traceparent")).contains(PARENT);
      assertThat(delivered.header("lhttp-traceparent")).isEmpty();
    }
  }

  private static TraceContext context() {
    return TraceContext.read(List.of(PARENT), List.of()).orElseThrow();
  }

  private static void subscribe(RawClient client) throws Exception {
    client.text("LHTTP/1.0 echo\r\nsubscribe:room\r\n\r\nsubscribed");
    client.frame();
  }

  private static void handshake(LhttpServer server) throws Exception {
    try (var client = RawClient.connect(server.port())) {
      client.send(
          ("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                  + "X-Forwarded-For: 203.0.113.7\r\ntraceparent: "
                  + PARENT
                  + "\r\n\r\n")
              .getBytes(UTF_8));
    }
  }

  private LhttpServer start() throws Exception {
    return start(builder -> {});
  }

  private LhttpServer start(Consumer<LhttpServer.Builder> configure) throws Exception {
    return Servers.start(builder -> {
      builder
          .tracer(tracer)
          .filter("strict", new Strict())
          .filter("channels", new Channels())
          .processor(
              "fail",
              exchange -> {
                throw new IllegalStateException("on purpose");
              });
      configure.accept(builder);
    });
  }
}
