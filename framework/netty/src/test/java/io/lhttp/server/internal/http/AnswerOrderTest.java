package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One connection gets its answers in the order of its requests. */
@EachTransport
class AnswerOrderTest {
  private static final String PING = RawClient.request("GET /livez", "Host: test");
  private static final String BODY = "LHTTP/1.0 echo\r\npublish:a\r\n\r\n";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 | Expect: 100-continue;Content-Length: 9999999 | 413",
        "HTTP/1.1 | Content-Length: 9999999 | 413",
        "HTTP/1.1 | Expect: a-miracle;Content-Length: 5 | 417",
        "HTTP/1.1 | Expect: 100-continue;Expect: 100-continue;Content-Length: 5 | 417",
        "HTTP/9.9 | Content-Length: 5 | 505",
        "HTTP/1.1 | Content-Length: 5;Content-Length: 6 | 400",
        "HTTP/1.1 | X: y;Expect: 100-CONTINUE;Content-Length: 29 | 100",
      })
  void refusal_behindSlowAnswer_waits(String version, String headers, int status) throws Exception {
    var gate = new CountDownLatch(1);
    try (var server =
            Servers.start(
                builder -> builder.eventLoops(1).processor("wait", exchange -> gate.await()));
        var client = RawClient.connect(server.port());
        var other = RawClient.connect(server.port())) {
      client.send(
          RawClient.publish("LHTTP/1.0 wait\r\npublish:a\r\n\r\n")
              + "POST /publish "
              + version
              + "\r\nHost: test\r\n"
              + headers.replace(";", "\r\n")
              + "\r\n\r\n");
      // The server has one event loop. This answer shows that it has read the other connection
      // before.
      assertThat(other.send(PING).answer().status()).isEqualTo(200);
      gate.countDown();

      assertThat(client.answer().body()).isEqualTo("{\"channels\":0}");
      assertThat(client.answer().status()).isEqualTo(status);
      if (status == 100) {
        assertThat(client.send(BODY).answer().status()).isEqualTo(200);
        assertThat(client.send(PING).answer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void expectContinue_clientDoesNotWait_answersKeepOrder() throws Exception {
    var gate = new CountDownLatch(1);
    try (var server =
            Servers.start(
                builder -> builder.eventLoops(1).processor("wait", exchange -> gate.await()));
        var client = RawClient.connect(server.port());
        var other = RawClient.connect(server.port())) {
      client.send(
          RawClient.publish("LHTTP/1.0 wait\r\npublish:a\r\n\r\n")
              + RawClient.publish(BODY, "Expect: 100-continue")
              + PING);
      assertThat(other.send(PING).answer().status()).isEqualTo(200);
      gate.countDown();

      assertThat(client.answer().status()).isEqualTo(200);
      assertThat(client.answer().status()).as("which it may skip").isEqualTo(100);
      assertThat(client.answer().status()).isEqualTo(200);
      assertThat(client.answer().body()).isEqualTo("alive\n");
    }
  }

  @Test
  void expectContinue_clientWaits_gets100() throws IOException {
    try (var server = Servers.start();
        var client = RawClient.connect(server.port())) {
      var request = RawClient.publish(BODY, "Expect: 100-continue");
      var end = request.indexOf("\r\n\r\n") + 4;
      assertThat(client.send(request.substring(0, end)).answer().status()).isEqualTo(100);
      assertThat(client.send(request.substring(end)).answer().status()).isEqualTo(200);
      assertThat(client.send(PING).answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/9.9, 505",
    "HTTP/2.0, 505",
    "HTTP/0.9, 505",
    "HTTP/3.0, 505",
    "HTTP/1.2, 200",
    "HTTP/1.1, 200",
    "HTTP/1.0, 200",
    "FTP/1.1, 400",
    "LHTTP/1.0, 400",
    "HTTP/x.y, 400",
    "HTTP/1, 400",
  })
  void requestLine_versionAndProtocol_decideStatus(String version, int status) throws IOException {
    try (var server = Servers.start();
        var client = RawClient.connect(server.port())) {
      client.send("GET /livez " + version + "\r\nHost: test\r\nConnection: close\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(status);
      assertThat(client.skipToEnd()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upgrade: websocket, h2c",
        "Upgrade: h2c, websocket",
        "Upgrade: h2c\r\nUpgrade: websocket",
        "Upgrade: WebSocket",
        "Upgrade: h2c,websocket,x/1",
      })
  void upgrade_severalProtocols_opensWebSocket(String upgrade) throws IOException {
    try (var server = Servers.start();
        var client = RawClient.connect(server.port())) {
      for (var connection :
          new String[] {"Upgrade", "keep-alive, Upgrade", "upgrade, HTTP2-Settings"}) {
        try (var one = RawClient.connect(server.port())) {
          one.send(
              RawClient.handshake("/")
                  .replace("Upgrade: websocket", upgrade)
                  .replace("Connection: Upgrade", "Connection: " + connection));
          assertThat(one.answer().status()).as(connection).isEqualTo(101);
          assertThat(one.text(Servers.echo("x")).frame().text()).endsWith("x");
        }
      }
      client.send(RawClient.handshake("/livez").replace("HTTP/1.1", "HTTP/1.0"));
      assertThat(client.answer().status()).as("HTTP/1.0 has no upgrade").isEqualTo(200);
    }
  }
}
