package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;

/** The HTTP client sends many requests over one TLS connection. */
class Http2Test {
  @Test
  void manyRequests_shareOneConnection() throws Exception {
    var certificate = new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();
    var server = new HandshakeCertificates.Builder().heldCertificate(certificate).build();
    var client =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    var http =
        new HttpClients(
            HttpClients.SHARED
                .base()
                .newBuilder()
                .sslSocketFactory(client.sslSocketFactory(), client.trustManager())
                .build());
    try (var backend = new MockWebServer();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      backend.useHttps(server.sslSocketFactory());
      backend.start(InetAddress.ofLiteral("127.0.0.1"), 0);
      IntStream.range(0, 21)
          .forEach(i -> backend.enqueue(new MockResponse.Builder().code(200).build()));
      var url = "https://localhost:" + backend.getPort() + "/record";
      var filter =
          new UpstreamFilter(
              options(o -> o.allow(url)), http, System::nanoTime, InstantSource.system());
      try (var chain = TestChain.builder().filter("upstream", filter).build()) {
        var post = Message.builder("chat").header("upstream", "POST " + url).body("x").build();
        assertThat(chain.send(chain.connect("first"), post).outcome()).isEqualTo(Outcome.done());

        var sent =
            IntStream.range(0, 20)
                .mapToObj(i -> threads.submit(() -> chain.send(chain.connect("c" + i), post)))
                .toList();

        for (var one : sent) {
          assertThat(one.get().outcome()).isEqualTo(Outcome.done());
        }
      }
      for (var i = 0; i < 21; i++) {
        var request = backend.takeRequest();
        assertThat(request.getVersion()).isEqualTo("HTTP/2");
        assertThat(request.getConnectionIndex()).isZero();
      }
    }
  }
}
