package io.lhttp.nats;

import io.lhttp.internal.text.PemText;
import io.lhttp.nats.internal.link.NamedHosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS to NATS, from PEM files.
 *
 * @param ca the trusted certificates, in PEM; by default the JDK's
 * @param certificate this server's certificate, in PEM, for a NATS server that requires one; needs
 *     {@code key}
 * @param key the certificate's private key in PKCS #8
 */
public record NatsTls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key) {
  /** Trusts the JDK's certificates, and sends no certificate of this server. */
  public static final NatsTls DEFAULT =
      new NatsTls(Optional.empty(), Optional.empty(), Optional.empty());

  private static final char[] NO_PASSWORD = {};

  public NatsTls {
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException("certificate and key go together");
    }
  }

  /**
   * Creates the TLS context of connections. They check that a NATS server's certificate is for its
   * host.
   */
  public SSLContext context() throws IOException, GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(keys(), trust(), null);
    return context;
  }

  private TrustManager[] trust() throws IOException, GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (ca.isEmpty()) {
      factory.init((KeyStore) null);
    } else {
      var store = store();
      var certificates = certificates(ca.get());
      for (var i = 0; i < certificates.length; i++) {
        store.setCertificateEntry("ca" + i, certificates[i]);
      }
      factory.init(store);
    }
    return NamedHosts.checkedBy(factory.getTrustManagers());
  }

  private KeyManager[] keys() throws IOException, GeneralSecurityException {
    if (certificate.isEmpty() || key.isEmpty()) {
      return new KeyManager[0];
    }
    var store = store();
    store.setKeyEntry("key", key(key.get()), NO_PASSWORD, certificates(certificate.get()));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore store() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .toArray(new Certificate[0]);
    } catch (CertificateException e) {
      throw new CertificateException(file + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    try {
      return PemText.privateKey(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException(file + ": " + e.getMessage(), e);
    }
  }
}
