package io.lhttp.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate for this machine, signed by itself, that the running JDK's keytool has made. */
record TestCertificate(X509Certificate certificate, String certificatePem, String keyPem) {
  private static final String PASSWORD = "changeit";

  /**
   * @param algorithm as keytool calls it: {@code EC}, {@code RSA}, {@code Ed25519}
   * @param folder where the key store is left
   */
  static TestCertificate make(String name, String algorithm, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    var file = folder.resolve(name + ".p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(keytool.getInputStream().readAllBytes(), ISO_8859_1);
    if (keytool.waitFor() != 0) {
      throw new AssertionError(said);
    }
    var store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    var certificate = (X509Certificate) store.getCertificate(name);
    var key = store.getKey(name, PASSWORD.toCharArray());
    return new TestCertificate(
        certificate,
        pem("CERTIFICATE", certificate.getEncoded()),
        pem("PRIVATE KEY", key.getEncoded()));
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
  }

  void write(Path certificateFile, Path keyFile) throws IOException {
    Files.writeString(certificateFile, certificatePem);
    Files.writeString(keyFile, keyPem);
  }

  /** What a client has that trusts these and nobody else. */
  static SSLContext trusting(TestCertificate... trusted)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (var one : trusted) {
      store.setCertificateEntry(
          one.certificate().getSubjectX500Principal().getName(), one.certificate());
    }
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
