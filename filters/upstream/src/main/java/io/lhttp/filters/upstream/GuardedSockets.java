package io.lhttp.filters.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.SocketFactory;

/**
 * Creates sockets that check the address to which they connect. The check runs when the socket
 * connects, so that neither the spelling of a URL's host nor a changed name resolution can bypass
 * it.
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

    /** Uses no proxy of the system properties, because a proxy would connect to any address. */
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
