package io.lhttp.app.settings;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The address at which the server listens: {@code 8081}, {@code 127.0.0.1:8081}, {@code
 * [::1]:8081}; {@code *:8081} for all interfaces.
 *
 * @param host empty for the command's default
 * @param port 0 for a free port
 */
public record Listen(Optional<String> host, int port) {
  static final int DEFAULT_PORT = 8081;
  public static final int MAX_PORT = 65_535;

  /** The host that stands for all interfaces, the default of {@code serve}. */
  private static final String ALL = "0.0.0.0";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");
  private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

  public Listen {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("no port: " + port);
    }
  }

  public static Listen parse(String text) {
    var colon = text.lastIndexOf(':');
    var digits = text.substring(colon + 1);
    if (!digits.matches("\\d{1,5}")) {
      throw new IllegalArgumentException("no port: " + digits);
    }
    var port = Integer.parseInt(digits);
    return new Listen(
        colon < 0 ? Optional.empty() : Optional.of(host(text.substring(0, colon))), port);
  }

  /** Returns the address as users write it. */
  @Override
  public String toString() {
    return host.map(name -> (name.contains(":") ? "[" + name + "]" : name) + ":").orElse("") + port;
  }

  private static String host(String text) {
    if (text.equals("*")) {
      return ALL;
    }
    var literal = text.startsWith("[") && text.endsWith("]");
    var host = literal ? text.substring(1, text.length() - 1) : text;
    if (literal ? !isAddress(host) : !(NAME.matcher(host).matches() && plausible(host))) {
      throw new IllegalArgumentException("no host: " + text);
    }
    return host;
  }

  /**
   * Returns whether a host may be valid: a host of digits and dots alone must be an IPv4 address.
   */
  private static boolean plausible(String host) {
    return !NUMBERS.matcher(host).matches()
        || (host.split("\\.", -1).length == 4 && isAddress(host));
  }

  private static boolean isAddress(String host) {
    try {
      var _ = InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
