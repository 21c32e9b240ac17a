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
 * Trusts the certificates that another trust manager trusts, and only for the host that the socket
 * connects to (RFC 9525). jnats omits this check and has no option for it: a server with any
 * certificate of the same authority could take NATS' place.
 */
public final class NamedHosts extends X509ExtendedTrustManager {
  private static final String ALGORITHM = "HTTPS";

  private final X509ExtendedTrustManager trust;

  private NamedHosts(X509ExtendedTrustManager trust) {
    this.trust = trust;
  }

  public static TrustManager[] checkedBy(TrustManager[] managers) {
    return Arrays.stream(managers)
        .map(one -> one instanceof X509ExtendedTrustManager trust ? new NamedHosts(trust) : one)
        .toArray(TrustManager[]::new);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    if (!(socket instanceof SSLSocket secure)) {
      throw new CertificateException("no socket of TLS");
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

  /** Refuses, because without a host the check is impossible. */
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
