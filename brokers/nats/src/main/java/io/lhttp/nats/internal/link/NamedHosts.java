package io.lhttp.nats.internal.link;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A trust manager that also checks that a server's certificate is for the host of the socket (RFC
 * 9525). jnats has no option for this check. Without it, the owner of any certificate of the same
 * authority could pretend to be NATS. {@link io.lhttp.nats.NatsTls} creates it; safe for all
 * threads.
 */
public final class NamedHosts extends X509ExtendedTrustManager {
  private static final String ALGORITHM = "HTTPS";

  private final X509ExtendedTrustManager trust;

  private NamedHosts(X509ExtendedTrustManager trust) {
    this.trust = trust;
  }

  /** Wraps trust managers, so that they check the host as well. */
  public static TrustManager[] checkedBy(TrustManager[] managers) {
    return Arrays.stream(managers)
        .map(one -> one instanceof X509ExtendedTrustManager trust ? new NamedHosts(trust) : one)
        .toArray(TrustManager[]::new);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    if (!(socket instanceof SSLSocket secure)) {
      throw new CertificateException("not a TLS socket");
    }
    var parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(ALGORITHM);
    secure.setSSLParameters(parameters);
    trust.checkServerTrusted(chain, type, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    var parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(ALGORITHM);
    engine.setSSLParameters(parameters);
    trust.checkServerTrusted(chain, type, engine);
  }

  /** Refuses the certificate, because without a socket there is no host to check it for. */
  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("no host to check a certificate for");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust.checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
