package io.lhttp.app.cli.client;

import io.lhttp.app.run.Failure;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for TLS of the commands that talk to a server. */
final class TlsOptions {
  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Trust the certificates of this PEM file, and no others.")
  private @Nullable Path authority;

  @Option(
      names = "--insecure",
      description = "Trust any certificate, as in a test: anybody on the way can read all.")
  private boolean insecure;

  /**
   * Returns the changes that the options make to an HTTP client.
   *
   * @throws Failure if the options exclude each other, or the file has no certificate
   */
  Consumer<HttpClient.Builder> settings() throws Failure {
    if (authority == null && !insecure) {
      return client -> {};
    } else if (authority != null && insecure) {
      throw new Failure("--ca and --insecure exclude each other");
    }
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          null,
          authority == null ? new TrustManager[] {new TrustEverybody()} : trusted(authority),
          null);
      return client -> client.sslContext(context);
    } catch (CertificateException e) {
      throw new Failure("--ca %s: this is no file of PEM certificates".formatted(authority), e);
    } catch (GeneralSecurityException | IOException e) {
      throw new Failure("--ca %s can't be read: %s".formatted(authority, Failure.reason(e)), e);
    }
  }

  private static TrustManager[] trusted(Path file) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (var in = Files.newInputStream(file)) {
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + store.size(), certificate);
      }
    }
    if (store.size() == 0) {
      throw new CertificateException("none in " + file);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** Accepts all certificates, for any host: a manager of this type also checks the host's name. */
  private static final class TrustEverybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
