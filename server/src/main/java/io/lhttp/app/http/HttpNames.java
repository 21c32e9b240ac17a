package io.lhttp.app.http;

import java.net.InetAddress;
import java.util.Locale;

/** The names of hosts in requests and configurations. Stateless. */
public final class HttpNames {
  private HttpNames() {}

  /**
   * Returns the value of a header {@code Host} without its port, and an address without brackets.
   */
  public static String withoutPort(String host) {
    if (host.startsWith("[")) {
      var end = host.indexOf(']');
      return end < 0 ? host : host.substring(1, end);
    }
    var colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  /**
   * Returns whether a host is a loopback address. Knows the name {@code localhost} and resolves no
   * other name, because a name may resolve to another address tomorrow.
   */
  public static boolean loopback(String host) {
    if (host.toLowerCase(Locale.ROOT).equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
