package io.lhttp.server.internal.address;

import io.lhttp.internal.text.IpAddress;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A host with an optional port, as in the headers {@code Host} and {@code Origin}.
 *
 * @param host in lower case; an IPv6 address in brackets, always in the same spelling
 * @param port -1 without a port
 */
public record Authority(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?");

  private static final Pattern NUMBER = Pattern.compile("(?:.*\\.)?(?:\\d+|0[xX][0-9A-Fa-f]*)\\.?");
  private static final int MAX_PORT = 65_535;

  /**
   * Parses a host; empty if the text is no host, or an address in a spelling that browsers do not
   * send.
   */
  public static Optional<Authority> parse(String text) {
    var form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    var port = form.group(2) == null ? -1 : Integer.parseInt(form.group(2));
    if (port == 0 || port > MAX_PORT) {
      return Optional.empty();
    }
    var host = form.group(1);
    if (host.startsWith("[")) {
      return IpAddress.parse(host.substring(1, host.length() - 1))
          .map(address -> new Authority(spelled(address), port));
    }
    if (NUMBER.matcher(host).matches() && IpAddress.parse(host).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Authority(host.toLowerCase(Locale.ROOT), port));
  }

  /** Returns the IP address if the host is one; empty for a name. */
  public Optional<InetAddress> literal() {
    return IpAddress.parse(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
  }

  /** Returns the host without the final dot of a fully qualified name. */
  public String hostWithoutDot() {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static String spelled(InetAddress address) {
    var text = address.getHostAddress();
    return text.indexOf(':') < 0 ? text : "[" + text + "]";
  }

  @Override
  public String toString() {
    return port < 0 ? host : host + ":" + port;
  }
}
