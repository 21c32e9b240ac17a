package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.netty.pkitesting.CertificateBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client subscribes, publishes and requests on a real server. */
class RealServerTest {
  /** A filter that refuses one message. */
  private static final class House implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      var body = exchange.request().body();
      return body.equals("SHOUT")
          ? exchange.refuse(422, "no \"shouting\"")
          : chain.proceed(exchange);
    }
  }

  private final Recorder events = new Recorder();
  private final List<LhttpClient> clients = new ArrayList<>();
  private LhttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = server(0).start();
  }

  @AfterEach
  void stop() {
    clients.forEach(LhttpClient::close);
    server.close();
  }

  @Test
  void request_isAnswered() {
    var client = connect();

    assertThat(result(client.request(Message.of("echo", "grüße"))).body()).isEqualTo("grüße");
  }

  @Test
  void request_binary_isAnsweredInKind() {
    var client = connect();
    var bytes = new byte[] {(byte) 0xff, 0, 1};

    var reply = result(client.request(Message.builder("bytes").body(bytes).build()));

    assertThat(reply.format()).isEqualTo(Message.Format.BINARY);
    assertThat(reply.bodyBytes()).isEqualTo(bytes);
  }

  @Test
  void refusedRequest_failsWithServersReason() {
    var client = connect();

    var refusal =
        failure(client.request(Message.of("echo", "SHOUT")), RequestRefusedException.class);
    assertThat(refusal.status()).isEqualTo(422);
    assertThat(refusal.error()).isEqualTo("no \"shouting\"");
    assertThat(
            failure(client.request(Message.of("nobody", "")), RequestRefusedException.class)
                .status())
        .isEqualTo(404);
  }

  @Test
  void sendWithoutId_replyReachesListener() {
    connect().send(Message.of("echo", "hello"));

    assertThat(events.skipTo(Recorder.Received.class).message().body()).isEqualTo("hello");
  }

  @Test
  void published_reachesSubscribersOnOtherConnections() {
    var subscription = connect().subscribe("news", events::onDelivery);
    result(subscription.ready());
    var message = Message.builder("chat").header("from", "Mia").body("hello").build();

    result(connect().publish("news", message));

    var delivery = events.skipTo(Recorder.Delivered.class).delivery();
    assertThat(delivery.channel()).isEqualTo("news");
    assertThat(delivery.message().body()).isEqualTo("hello");
    assertThat(delivery.message().header("from")).contains("Mia");
    assertThat(delivery.message().header("id")).isEmpty();
  }

  @Test
  void ownPublication_arrivesOncePerChannel() {
    var client = connect();
    for (var channel : List.of("a", "b", "c")) {
      result(client.subscribe(channel, events::onDelivery).ready());
    }

    result(client.publish(List.of("c", "a"), Message.of("echo", "hello")));
    result(client.publish("b", Message.of("echo", "after")));

    assertThat(
            List.of(
                events.skipTo(Recorder.Delivered.class).delivery().channel(),
                events.skipTo(Recorder.Delivered.class).delivery().channel(),
                events.skipTo(Recorder.Delivered.class).delivery().channel()))
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void unsubscribed_getsNothingMore() {
    var client = connect();
    var left = client.subscribe("left", events::onDelivery);
    result(left.ready());
    result(client.subscribe("kept", events::onDelivery).ready());

    left.unsubscribe();
    result(client.publish("left", Message.of("chat", "nobody hears this")));
    result(client.publish("kept", Message.of("chat", "but this")));

    assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().body())
        .isEqualTo("but this");
  }

  @Test
  void publishedOverHttp_reachesSubscribers() throws Exception {
    result(connect().subscribe("news", events::onDelivery).ready());
    try (var publisher = publisher()) {
      assertThat(publisher.publish(List.of("news", "other"), "chat", Map.of("x", "1"), "hello"))
          .isEqualTo(2);
      var binary = Message.builder("image").header("publish", "news").body(new byte[] {-1}).build();
      assertThat(publisher.publish(binary)).isEqualTo(1);

      assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().header("x"))
          .contains("1");
      assertThat(events.delivery().message()).isEqualTo(binary.with("channel", "news"));
    }
  }

  @Test
  void publicationOverHttp_refused_failsWithServersReason() {
    try (var publisher = publisher()) {
      var refusal =
          catchThrowableOfType(
              RequestRefusedException.class,
              () -> publisher.publish(List.of("news"), "chat", Map.of(), "SHOUT"));

      assertThat(refusal.status()).isEqualTo(422);
      assertThat(refusal.error()).isEqualTo("no \"shouting\"");
    }
  }

  @Test
  void serverRestart_subscriptionsAreRenewed() throws Exception {
    var client = connect();
    result(client.subscribe("news", events::onDelivery).ready());
    var port = server.port();

    server.close();
    events.skipTo(Recorder.Ended.class);
    client.send(Message.builder("chat").header("publish", "news").body("sent meanwhile").build());
    server = server(port).start();

    assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().body())
        .as("subscriptions are renewed before what waits is sent")
        .isEqualTo("sent meanwhile");
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void drainingServer_saysWhenToComeBack() throws Exception {
    result(connect().opened());

    assertThat(server.drain()).isTrue();

    var closed = events.skipTo(Recorder.Ended.class).closed();
    assertThat(closed.code()).isEqualTo(1001);
    assertThat(closed.retryIn().orElseThrow())
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
  }

  @Test
  void message_overServersLimit_endsClient() {
    var client = connect();

    client.send(Message.of("echo", "x".repeat(70_000)));

    assertThat(result(client.closed()).code()).isEqualTo(1009);
  }

  @Test
  void manyMessages_allArriveInOrder() {
    var client = connect();
    result(client.subscribe("news", events::onDelivery).ready());

    for (var i = 0; i < 2_000; i++) {
      var message = Message.builder("chat").header("publish", "news").body("m" + i).build();
      client.send(message);
      if (i % 500 == 499) {
        result(client.publish("other", Message.of("chat", "all written so far")));
      }
    }

    for (var i = 0; i < 2_000; i++) {
      assertThat(events.skipTo(Recorder.Delivered.class).delivery().message().body())
          .isEqualTo("m" + i);
    }
  }

  @Test
  void secureServer_isReachedWithItsCertificate(@TempDir Path folder) throws Exception {
    var bundle =
        new CertificateBuilder()
            .subject("CN=localhost")
            .addSanDnsName("localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    var certificate = Files.writeString(folder.resolve("cert.pem"), bundle.getCertificatePathPEM());
    var key = Files.writeString(folder.resolve("key.pem"), bundle.getPrivateKeyPEM());
    try (var secure = server(0).tls(certificate, key).start()) {
      var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry("server", bundle.getCertificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      var tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      var address = URI.create("wss://localhost:" + secure.port() + "/");

      try (var client = LhttpClient.builder(address).http(http -> http.sslContext(tls)).connect()) {
        assertThat(result(client.request(Message.of("echo", "secret"))).body()).isEqualTo("secret");
      }
      try (var stranger = LhttpClient.builder(address).reconnect(false).connect()) {
        assertThat(result(stranger.closed()).reason()).contains("SSLHandshakeException");
      }
    }
  }

  private static LhttpServer.Builder server(int port) {
    return LhttpServer.builder()
        .host("127.0.0.1")
        .port(port)
        .filter("house", new House())
        .filter("pubsub", new PubSubFilter())
        .processor("echo", exchange -> exchange.send(exchange.request().body()))
        .processor(
            "bytes", exchange -> exchange.reply().body(exchange.request().bodyBytes()).send());
  }

  private LhttpClient connect() {
    var client =
        LhttpClient.builder(server.uri())
            .listener(events)
            .backoffBase(Duration.ofMillis(50))
            .backoffMax(Duration.ofMillis(200))
            .maxQueued(3_000)
            .maxMessageBytes(100_000)
            .connect();
    clients.add(client);
    return client;
  }

  private LhttpPublisher publisher() {
    return LhttpPublisher.builder(URI.create("http://127.0.0.1:" + server.port() + "/publish"))
        .build();
  }
}
