package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.measure;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients over sockets share a slow upstream. The clients are 127.0.0.2 and 127.0.0.3. */
@Timeout(120)
class UpstreamServerTest {
  private static final String GREEDY = "127.0.0.2";
  private static final String MODEST = "127.0.0.3";

  private static RawClient open(int port, String address) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    var client = RawClient.connect(port, socket);
    assertThat(client.send(RawClient.handshake("/")).answer().status()).isEqualTo(101);
    return client;
  }

  private static String ask(RawClient client, String command) throws IOException {
    client.text("LHTTP/1.0 " + command + "\r\n\r\n");
    var frame = client.frame();
    while (frame.opcode() == RawClient.PING) { // a ping may arrive at any time on a slow machine
      frame = client.frame();
    }
    return frame.text();
  }

  @Test
  void fortySocketsOfOneClient_leavePlacesToAnother() throws Exception {
    var release = new CountDownLatch(1);
    try (var backend =
            new RawBackend(request -> {
              if (request.line().startsWith("GET /slow")) {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return RawBackend.OK;
            });
        var filter =
            new UpstreamFilter(
                UpstreamOptions.builder()
                    .named(Map.of("store", UpstreamTargetsTest.named(backend.url("/"))))
                    .route("slow", "GET store/slow")
                    .route("fast", "GET store/fast")
                    .concurrency(8)
                    .queue(8)
                    .build());
        var server =
            LhttpServer.builder().host("127.0.0.1").port(0).filter("upstream", filter).start()) {
      var greedy = new ArrayList<RawClient>();
      try {
        for (var i = 0; i < 40; i++) {
          var client = open(server.port(), GREEDY);
          greedy.add(client);
          client.text("LHTTP/1.0 slow\r\n\r\n");
        }
        Eventually.holds(
            "four are under way, eight wait, the others are refused",
            () ->
                measure(filter, "upstream_in_flight") == 4
                    && measure(filter, "upstream_waiting") == 8
                    && refused(filter) == 28);
        try (var client = open(server.port(), GREEDY)) {
          assertThat(ask(client, "fast"))
              .contains("status:429", "retry-after:1", "too many messages to the upstream at once");
        }
        try (var client = open(server.port(), MODEST)) {
          for (var i = 0; i < 10; i++) {
            assertThat(ask(client, "fast")).contains("upstream-status:200").endsWith("ok");
          }
        }
      } finally {
        release.countDown();
        for (var client : greedy) {
          client.close();
        }
      }
    }
  }

  private static double refused(UpstreamFilter filter) {
    return filter.metrics().stream()
        .filter(metric -> metric.labels().containsValue("client_limit"))
        .mapToDouble(metric -> metric.value())
        .sum();
  }
}
