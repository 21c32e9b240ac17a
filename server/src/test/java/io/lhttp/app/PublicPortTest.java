package io.lhttp.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.server.LhttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The public port follows the settings on hosts, origins and proxies in {@code dev} and in {@code
 * serve}.
 */
class PublicPortTest {
  private static final String HANDSHAKE =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DEV | '' | localhost | 101",
        "DEV | '' | 127.0.0.1:8081 | 101",
        "DEV | '' | evil.example | 421",
        "DEV | '' | localhost.evil.example | 421",
        "DEV | hosts: [ box.example ] | box.example:8081 | 101",
        "DEV | hosts: [ box.example ] | localhost | 101",
        "SERVE | '' | evil.example | 101",
        "SERVE | hosts: [ a.example ] | a.example | 101",
        "SERVE | hosts: [ a.example ] | localhost | 421",
        "SERVE | hosts: [ a.example ] | evil.example | 421",
      })
  void handshake_withForeignHost_isRefused(Mode mode, String settings, String host, int status)
      throws Exception {
    try (var server = start(mode, settings)) {
      assertThat(ask(server, "GET / HTTP/1.1\r\nHost: " + host + "\r\n" + HANDSHAKE))
          .isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DEV | '' | http://localhost/ | 101",
        "DEV | '' | http://localhost:5173 | 101",
        "DEV | origins: [ https://app.example ] | http://localhost:5173 | 101",
        "DEV | '' | https://app.example | 403",
        "SERVE | '' | http://localhost:5173 | 403",
        "SERVE | '' | http://localhost | 101",
        "SERVE | '' | http://localhost/ | 101",
        "SERVE | origins: [ https://App.example:443 ] | https://app.example | 101",
        "SERVE | origins: [ https://app.example ] | http://localhost | 101",
        "SERVE | origins: [ capacitor://localhost ] | capacitor://localhost | 101",
      })
  void handshake_withForeignOrigin_isRefused(Mode mode, String settings, String origin, int status)
      throws Exception {
    try (var server = start(mode, settings)) {
      assertThat(
              ask(
                  server,
                  "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin + "\r\n" + HANDSHAKE))
          .isEqualTo(status);
    }
  }

  @Test
  void forwardedHeaders_areTrustedFromListedProxiesOnly() throws Exception {
    var overTls =
        "GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 192.0.2.1\r\n"
            + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\n"
            + "Origin: https://a.example\r\n"
            + HANDSHAKE;
    try (var server = start(Mode.SERVE, "trusted-proxies: [ 127.0.0.1 ]")) {
      assertThat(ask(server, overTls)).isEqualTo(101);
    }
    try (var server = start(Mode.SERVE, "trusted-proxies: [ 127.0.0.2 ]")) {
      assertThat(ask(server, overTls)).isEqualTo(403);
    }
    var settings = "{ trusted-proxies: [ 127.0.0.1 ], forwarded-header: forwarded }";
    try (var server = start(Mode.SERVE, settings)) {
      assertThat(ask(server, overTls)).isEqualTo(403);
    }
  }

  @Test
  void proxyProtocol_enabled_isRequired() throws Exception {
    var request = "GET /livez HTTP/1.1\r\nHost: a\r\n";
    try (var server =
        start(Mode.SERVE, "{ trusted-proxies: [ 127.0.0.1 ], proxy-protocol: true }")) {
      assertThat(ask(server, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request)).isEqualTo(200);
      assertThat(ask(server, request)).as("closed").isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"connection, 5, 5", "address, 5, 5", "user, 5, 5"})
  void rateLimit_overHttpBehindProxy_countsByAddress(String per, int jacks, int mikes)
      throws Exception {
    var settings =
        "{ trusted-proxies: [ 127.0.0.1 ], chain: [ { rate-limit: { per: %s, rate: 5/h } }, pubsub ] }"
            .formatted(per);
    try (var server = start(Mode.SERVE, settings)) {
      assertThat(published(server, "192.0.2.1", 12)).isEqualTo(jacks);
      assertThat(published(server, "192.0.2.2", 12)).isEqualTo(mikes);
      assertThat(published(server, "198.51.100.1, 192.0.2.1", 3)).as("spoofed").isZero();
    }
  }

  private static int published(LhttpServer server, String forwardedFor, int times)
      throws IOException {
    var body = "LHTTP/1.0 x\r\npublish:a\r\n\r\n";
    var request =
        "POST /publish HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(forwardedFor, body.length(), body);
    var published = 0;
    for (var i = 0; i < times; i++) {
      var status = ask(server, request);
      assertThat(status).isIn(200, 429);
      published += status == 200 ? 1 : 0;
    }
    return published;
  }

  @Test
  void publishEndpoint_disabled_answers404() throws Exception {
    var request = "POST /publish HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
    try (var server = start(Mode.SERVE, "publish-endpoint: false")) {
      assertThat(ask(server, request)).isEqualTo(404);
    }
    try (var server = start(Mode.SERVE, "publish-endpoint: true")) {
      assertThat(ask(server, request)).isEqualTo(400);
    }
  }

  @Test
  void listenStar_opensAllInterfaces() throws Exception {
    try (var server = start(Mode.SERVE, "listen: \"*:0\"")) {
      assertThat(server.uri().getHost()).isEqualTo("localhost");
      assertThat(ask(server, "GET /livez HTTP/1.1\r\nHost: a\r\n")).isEqualTo(200);
    }
  }

  private LhttpServer start(Mode mode, String settings) throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), settings + "\n");
    var application =
        new ApplicationLoader(folder).environment(Map.<String, String>of()::get).load();
    application.scripts().close();
    var server = application.server(mode);
    return settings.contains("listen") ? server.start() : server.host("127.0.0.1").port(0).start();
  }

  /** Returns the status of the answer; 0 if none comes. */
  private static int ask(LhttpServer server, String request) throws IOException {
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), server.port())) {
      socket.setSoTimeout(60_000);
      var whole = request.contains("\r\n\r\n") ? request : request + "\r\n";
      socket.getOutputStream().write(whole.getBytes(ISO_8859_1));
      var head =
          new String(socket.getInputStream().readNBytes("HTTP/1.1 200".length()), ISO_8859_1);
      return head.isEmpty() ? 0 : Integer.parseInt(head.substring("HTTP/1.1 ".length()));
    } catch (SocketException e) {
      return 0;
    }
  }
}
