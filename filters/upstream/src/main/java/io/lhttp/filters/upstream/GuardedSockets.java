package io.lhttp.filters.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.SocketFactory;

/**
 * Makes sockets that look at the address which they are about to dial. Whatever a URL's host was
 * called, and whatever its name resolved to the last time, what is dialled is what is checked.
 */
final class GuardedSockets extends SocketFactory {
  private final AddressPolicy policy;

  GuardedSockets(AddressPolicy policy) {
    this.policy = policy;
  }

  @Override
  public Socket createSocket() {
    return new GuardedSocket(policy);
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw connecting();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw connecting();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw connecting();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw connecting();
  }

  private static RuntimeException connecting() {
    return new UnsupportedOperationException("sockets are made first and connected later");
  }

  private static final class GuardedSocket extends Socket {
    private final AddressPolicy policy;

    /** Without the proxy that system properties may name: it would dial what it likes. */
    GuardedSocket(AddressPolicy policy) {
      super(Proxy.NO_PROXY);
      this.policy = policy;
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
      connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
      if (!(endpoint instanceof InetSocketAddress socketAddress)
          || socketAddress.getAddress() == null
          || !policy.permits(socketAddress.getAddress())) {
        throw new ForbiddenAddressException(endpoint);
      }
      super.connect(endpoint, timeoutMillis);
    }
  }
}
