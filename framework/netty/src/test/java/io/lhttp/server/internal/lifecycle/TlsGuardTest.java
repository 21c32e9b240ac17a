package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.RawClient;
import io.lhttp.fixture.TestCertificate;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The TLS port refuses plain bytes and repeated handshakes. */
@EachTransport
class TlsGuardTest {
  private static final String PING = RawClient.request("GET /livez", "Host: test");

  @TempDir static Path folder;
  private static SSLContext trust;

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @BeforeAll
  static void writeCertificate() throws Exception {
    var pair = TestCertificate.make("guard", "EC", folder);
    trust = TestCertificate.trusting(pair);
    pair.write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.start(
            builder -> builder.tls(folder.resolve("cert.pem"), folder.resolve("key.pem")));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void tls12_secondHandshake_endsConnection(boolean anew, boolean webSocket) throws IOException {
    try (var client = connect("TLSv1.2")) {
      if (webSocket) {
        client.send(RawClient.handshake("/"));
        assertThat(client.answer().status()).isEqualTo(101);
      } else {
        assertThat(client.send(PING).answer().status()).isEqualTo(200);
      }
      var socket = (SSLSocket) client.socket();
      if (anew) {
        socket.getSession().invalidate(); // otherwise TLS resumes the session, which is cheaper
      }
      assertThat(answeredAfterAnotherHandshake(client, socket)).isFalse();
    }
    try (var next = connect("TLSv1.2")) {
      assertThat(next.send(PING).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void tls12_resumedSession_isTaken() throws IOException {
    for (var i = 0; i < 3; i++) {
      try (var client = connect("TLSv1.2")) {
        assertThat(client.send(PING).answer().status()).isEqualTo(200);
        assertThat(client.send(PING).answer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void tls13_keyUpdate_isTaken() throws IOException {
    try (var client = connect("TLSv1.3")) {
      for (var i = 0; i < 5; i++) {
        assertThat(client.send(PING).answer().status()).isEqualTo(200);
        ((SSLSocket) client.socket()).startHandshake(); // in TLS 1.3 this is a KeyUpdate
      }
    }
  }

  @Test
  void tls13_helloRetry_isTaken() throws IOException {
    try (var client = connect("TLSv1.3", "x25519", "secp256r1");
        var other = connect("TLSv1.3", "ffdhe2048", "secp521r1")) {
      assertThat(client.send(PING).answer().status()).isEqualTo(200);
      assertThat(other.send(PING).answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: test\r\n\r\n",
        "P",
        "get /",
        "OPTIONS * HTTP/1.0\r\n\r\n"
      })
  void plainHttp_isAnsweredWithHint(String request) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer = client.send(request).answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(answer.body()).contains("this port speaks TLS", "https", "wss");
      assertThat(client.skipToEnd()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\0\0\0", "\u0016garbage, and no record", "\u0080\u0080\u0080\u0080\u0080\u0080"})
  void otherBytes_closeConnection(String bytes) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(bytes + "\0".repeat(100));
      assertThat(client.skipToEnd()).isLessThan(100); // the server answers with a TLS alert at most
    }
  }

  private static boolean answeredAfterAnotherHandshake(RawClient client, SSLSocket socket) {
    try {
      socket.startHandshake();
      client.send(PING);
      client.answer();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static RawClient connect(String protocol, String... groups) throws IOException {
    var socket = (SSLSocket) trust.getSocketFactory().createSocket();
    var parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {protocol});
    if (groups.length > 0) {
      parameters.setNamedGroups(groups);
    }
    socket.setSSLParameters(parameters);
    return RawClient.connect(server.port(), socket);
  }
}
