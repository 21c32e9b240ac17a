package io.lhttp.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The latencies of the last minute forget older calls. */
class RecentTimesTest {
  @Test
  void times_olderThanAMinute_areForgotten() throws Exception {
    var recent = new RecentTimes();
    try (var server = LhttpServer.builder().port(0).processor("echo", e -> e.send("hi")).start();
        var client = LhttpClient.builder(server.uri()).reconnect(false).connect()) {
      client.request(Message.of("echo", "")).get(30, TimeUnit.SECONDS);
      assertThat(recent.of(echo(server)).count()).isEqualTo(1);

      for (var i = 0; i < 6; i++) {
        recent.record(server.statistics().links());
      }
      assertThat(recent.of(echo(server)).count()).isZero();

      client.request(Message.of("echo", "")).get(30, TimeUnit.SECONDS);
      assertThat(recent.of(echo(server)).count()).isEqualTo(1);
    }
  }

  private static LinkStatistics echo(LhttpServer server) {
    return server.statistics().links().stream()
        .filter(link -> link.name().equals("echo"))
        .findFirst()
        .orElseThrow();
  }
}
