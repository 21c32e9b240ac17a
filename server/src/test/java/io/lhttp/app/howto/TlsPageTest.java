package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.fixture.HowToPage;
import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's commands make a certificate, and the server uses the next one without a restart. */
class TlsPageTest {
  private static final HowToPage page = new HowToPage("tls.md");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void newCertificate_isServedWithoutRestart() throws Exception {
    Assumptions.assumeTrue(Programs.find("openssl").isPresent(), "missing program: openssl");
    var application = Files.createDirectory(folder.resolve("my-app"));
    run(Map.of(), page.block("sh", "openssl req"));
    var settings = page.block("yaml", "tls:");
    Files.writeString(application.resolve("lhttp.yaml"), settings);
    try (var processes = new Processes()) {
      var serve = processes.serve(application);
      var port = Processes.listening(serve).getPort();
      var first = certificate(application);
      assertThat(served(first, port)).isEqualTo(first);

      run(Map.of(), page.block("sh", "openssl req"));
      try (var errors = serve.errorReader()) {
        Processes.line(errors, "certificate loaded");
      }

      var second = certificate(application);
      assertThat(second).isNotEqualTo(first);
      assertThat(served(second, port)).isEqualTo(second);
    }
  }

  @Test
  void hook_putsPairInPlace() throws Exception {
    var renewed = Files.createDirectory(folder.resolve("renewed"));
    var to = Files.createDirectory(folder.resolve("tls"));
    Files.writeString(renewed.resolve("privkey.pem"), "key");
    Files.writeString(renewed.resolve("fullchain.pem"), "chain");

    run(
        Map.of("RENEWED_LINEAGE", renewed.toString(), "LHTTP_TLS", to.toString()),
        page.block("bash", "RENEWED_LINEAGE"));

    try (var files = Files.list(to)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrder("key.pem", "certificate.pem");
    }
    assertThat(to.resolve("key.pem")).hasContent("key");
    assertThat(to.resolve("certificate.pem")).hasContent("chain");
  }

  private void run(Map<String, String> environment, String script) throws Exception {
    var builder =
        new ProcessBuilder("sh", "-c", script).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }

  private static Certificate certificate(Path application)
      throws IOException, GeneralSecurityException {
    try (var file = Files.newInputStream(application.resolve("certificate.pem"))) {
      return CertificateFactory.getInstance("X.509").generateCertificate(file);
    }
  }

  /** Connects as a client that trusts one certificate. Returns the server's. */
  private static Certificate served(Certificate trusted, int port)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("server", trusted);
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }
}
