package io.lhttp.server.internal.address;

import io.lhttp.internal.text.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** Parses IP addresses with an optional port, as proxies name clients and themselves. */
public final class IpAndPort {
  private static final Pattern PORT = Pattern.compile("\\d{1,5}");

  /** The form of a port that a proxy keeps secret (RFC 7239, section 6.3). */
  private static final Pattern SECRET_PORT = Pattern.compile("_[A-Za-z0-9._-]{1,64}");

  private static final int MAX_PORT = 65_535;

  private IpAndPort() {}

  /**
   * Parses an address with or without a port: {@code 192.0.2.1:80} or {@code [2001:db8::1]:80}. The
   * port is 0 without one.
   */
  public static Optional<InetSocketAddress> parse(String text) {
    var bracket = text.startsWith("[") ? text.indexOf(']') : -1;
    var colon = text.indexOf(':', bracket + 1);
    var bare = bracket < 0 && colon >= 0 && text.indexOf(':', colon + 1) >= 0;
    if (bare || colon < 0) {
      return address(text, bracket).map(address -> new InetSocketAddress(address, 0));
    }
    var port = port(text.substring(colon + 1));
    return port < 0
        ? Optional.empty()
        : address(text.substring(0, colon), bracket)
            .map(address -> new InetSocketAddress(address, port));
  }

  private static Optional<InetAddress> address(String text, int bracket) {
    if (bracket < 0) {
      return text.startsWith("[") ? Optional.empty() : IpAddress.parse(text);
    }
    return bracket == text.length() - 1 && text.indexOf(':') >= 0
        ? IpAddress.parse(text.substring(1, bracket))
        : Optional.empty();
  }

  private static int port(String text) {
    if (SECRET_PORT.matcher(text).matches()) {
      return 0;
    }
    var port = PORT.matcher(text).matches() ? Integer.parseInt(text) : -1;
    return port <= MAX_PORT ? port : -1;
  }
}
