package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.fixture.RawClient;
import io.lhttp.fixture.TestCertificate;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server speaks TLS and takes over changed files of certificate and key. */
class TlsTest {
  @TempDir static Path stores;
  private static TestCertificate old;
  private static TestCertificate renewed;
  private static SSLContext trust;

  @TempDir Path folder;
  private Path certificate;
  private Path key;

  @AutoClose private final CapturedLog logged = new CapturedLog(Tls.class).from(Level.INFO);

  @BeforeAll
  static void make() throws Exception {
    old = TestCertificate.make("old", "EC", stores);
    renewed = TestCertificate.make("renewed", "RSA", stores);
    trust = TestCertificate.trusting(old, renewed);
  }

  @BeforeEach
  void write() throws IOException {
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
    old.write(certificate, key);
  }

  @Test
  void webSocket_overTls_echoesMessages() throws Exception {
    try (var server = start();
        var http = HttpClient.newBuilder().sslContext(trust).executor(Runnable::run).build()) {
      assertThat(server.uri().getScheme()).isEqualTo("wss");
      var received = new LinkedBlockingQueue<String>();
      var listener =
          new WebSocket.Listener() {
            private final StringBuilder text = new StringBuilder();

            @Override
            public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence part, boolean last) {
              text.append(part);
              if (last) {
                received.add(text.toString());
                text.setLength(0);
              }
              socket.request(1);
              return null;
            }
          };
      var socket = http.newWebSocketBuilder().buildAsync(server.uri(), listener).join();
      for (var body : new String[] {"small", "x".repeat(60_000)}) {
        socket.sendText(Servers.echo(body), true).join();
        assertThat(Servers.next(received)).isEqualTo(Servers.echo(body));
      }
      socket.abort();
    }
  }

  @Test
  void changedFiles_areUsed_openConnectionsStay() throws Exception {
    try (var server = start();
        var before = client(server)) {
      assertThat(subject(before)).isEqualTo("CN=old");
      before.send(RawClient.handshake("/"));
      assertThat(before.answer().status()).isEqualTo(101);

      renewed.write(certificate, key);

      var until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      var presented = "";
      while (!presented.equals("CN=renewed") && System.nanoTime() < until) {
        try (var next = client(server)) {
          presented = subject(next);
        }
      }
      assertThat(presented).isEqualTo("CN=renewed");
      before.text(Servers.echo("still here"));
      assertThat(before.frame().text()).endsWith("still here");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
  void keyInOtherFormat_errorNamesConversion(String label) throws Exception {
    Files.writeString(key, Files.readString(key).replace("PRIVATE KEY", label));

    assertThatThrownBy(() -> new Tls(certificate, key))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("key.pem", "PKCS #8", "openssl pkcs8 -topk8 -nocrypt");
  }

  @Test
  void mismatchedPair_keepsOldPairAndIsLoggedOnce() throws Exception {
    var tls = new Tls(certificate, key);
    Files.writeString(certificate, renewed.certificatePem()); // the key file still has the old key

    tls.refresh();
    tls.refresh();

    assertThat(logged.events()).hasSize(1);
    var event = logged.events().getFirst();
    assertThat(event.getLevel()).isEqualTo(Level.ERROR);
    assertThat(event.getFormattedMessage()).contains("the previous one stays", "cert.pem");
    assertThat(event.getThrowableProxy().getMessage()).contains("key.pem");

    Files.writeString(key, renewed.keyPem());
    tls.refresh();
    assertThat(logged.events()).hasSize(2);
    assertThat(logged.events().getLast().getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void halfWrittenFile_keepsOldPair() throws Exception {
    var tls = new Tls(certificate, key);
    var chain = renewed.certificatePem() + old.certificatePem();
    Files.writeString(key, renewed.keyPem());
    for (var length : new int[] {0, 10, 400, chain.length() - 300, chain.length() - 3}) {
      logged.clear();
      Files.writeString(certificate, chain.substring(0, length));
      tls.refresh();
      assertThat(logged.events()).extracting(ILoggingEvent::getLevel).containsExactly(Level.ERROR);
    }
    Files.delete(certificate);
    tls.refresh();
    assertThat(logged.events().getLast().getLevel()).isEqualTo(Level.ERROR);

    Files.writeString(certificate, renewed.certificatePem());
    tls.refresh();
    assertThat(logged.events().getLast().getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void start_mismatchedPair_fails() throws IOException {
    Files.writeString(key, renewed.keyPem());
    assertThatThrownBy(this::start).isInstanceOf(IOException.class).hasMessageContaining("key.pem");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void keyOfOtherPair_isRefused_ownKeyIsTaken(String algorithm) throws Exception {
    var one = TestCertificate.make("one-" + algorithm, algorithm, stores);
    var other = TestCertificate.make("other-" + algorithm, algorithm, stores);
    one.write(certificate, key);
    assertThat(new Tls(certificate, key)).isNotNull();

    Files.writeString(key, other.keyPem());
    assertThatThrownBy(() -> new Tls(certificate, key)).hasMessageContaining("does not belong");
  }

  private LhttpServer start() throws IOException {
    var quiet = Limits.builder().pingInterval(Duration.ofMinutes(10)).build();
    return Servers.start(builder -> builder.tls(certificate, key).limits(quiet));
  }

  private static RawClient client(LhttpServer server) throws IOException {
    return RawClient.connect(server.port(), (SSLSocket) trust.getSocketFactory().createSocket());
  }

  private static String subject(RawClient client) throws IOException {
    var session = ((SSLSocket) client.socket()).getSession();
    assertThat(session.getPeerCertificates()).isNotEmpty();
    return session.getPeerPrincipal().getName();
  }
}
