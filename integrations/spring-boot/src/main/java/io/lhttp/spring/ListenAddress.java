package io.lhttp.spring;

import java.util.regex.Pattern;

/**
 * The address on which the server listens: {@code 8081} or {@code *:8081} on all interfaces, {@code
 * 127.0.0.1:8081}, {@code [::1]:8081}.
 *
 * @param host {@code 0.0.0.0} for all interfaces
 * @param port 0 for a free port
 */
public record ListenAddress(String host, int port) {
  private static final String ALL = "0.0.0.0";
  private static final int MAX_PORT = 65_535;

  /** The host, with an IPv6 address in brackets, and the port. */
  private static final Pattern TEXT =
      Pattern.compile("(?:(\\*|\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+):)?(\\d{1,5})");

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static ListenAddress valueOf(String text) {
    var matcher = TEXT.matcher(text.strip());
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MAX_PORT) {
      throw new IllegalArgumentException("expected a port up to 65535, or HOST:PORT");
    }
    var host = matcher.group(1);
    return new ListenAddress(
        host == null || host.equals("*") ? ALL : host.replaceAll("[\\[\\]]", ""),
        Integer.parseInt(matcher.group(2)));
  }

  /** Returns the address as users write it. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
