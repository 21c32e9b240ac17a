package io.lhttp.server.internal.lifecycle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lhttp.internal.text.PemText;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of a server, from PEM files with a certificate chain and a key. New connections
 * use the files' latest content.
 *
 * <p>If the files are incomplete, or certificate and key do not fit, the error is logged and the
 * previous content stays in use.
 */
public final class Tls {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  private final Path certificate;
  private final Path key;
  private volatile SslContext context;

  /**
   * The last content of both files, valid or not. Times of change would miss two quick changes.
   * Guarded by this object's lock.
   */
  private List<String> seen;

  /**
   * @throws IOException if the files can't be read, or certificate and key do not fit
   */
  public Tls(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.seen = content();
    this.context = context(seen);
  }

  ChannelHandler handler(Channel channel) {
    return context.newHandler(channel.alloc());
  }

  /** Reads the files again, on the calling thread. */
  public synchronized void refresh() {
    try {
      var now = content();
      if (!now.equals(seen)) {
        seen = now;
        context = context(now);
        log.info("certificate loaded file={}", certificate);
      }
    } catch (IOException e) {
      log.error("failed to load the certificate, the previous one stays file={}", certificate, e);
    }
  }

  private List<String> content() throws IOException {
    return List.of(Files.readString(certificate, ISO_8859_1), Files.readString(key, ISO_8859_1));
  }

  private SslContext context(List<String> content) throws IOException {
    try {
      var chain = chain(content.getFirst());
      var secret = PemText.privateKey(content.getLast());
      if (!belongs(secret, chain[0].getPublicKey())) {
        throw new IOException(
            "key %s does not belong to certificate %s".formatted(key, certificate));
      }
      return SslContextBuilder.forServer(secret, chain).protocols("TLSv1.3", "TLSv1.2").build();
    } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "no TLS from certificate %s and key %s: %s".formatted(certificate, key, e.getMessage()),
          e);
    }
  }

  private static X509Certificate[] chain(String pem) throws GeneralSecurityException {
    var factory = CertificateFactory.getInstance("X.509");
    var chain = new ArrayList<X509Certificate>();
    for (var der : PemText.blocks(pem, "CERTIFICATE")) {
      chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
    }
    return chain.toArray(X509Certificate[]::new);
  }

  private static boolean belongs(PrivateKey secret, PublicKey known)
      throws GeneralSecurityException {
    if (secret instanceof RSAKey one && known instanceof RSAKey other) {
      return one.getModulus().equals(other.getModulus());
    }
    var algorithm = known.getAlgorithm();
    var signature = Signature.getInstance(algorithm.equals("EC") ? "SHA256withECDSA" : algorithm);
    signature.initSign(secret);
    signature.update((byte) 1);
    var signed = signature.sign();
    signature.initVerify(known);
    signature.update((byte) 1);
    return signature.verify(signed);
  }
}
