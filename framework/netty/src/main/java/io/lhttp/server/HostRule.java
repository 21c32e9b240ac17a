package io.lhttp.server;

import io.lhttp.server.internal.address.Authority;
import io.lhttp.server.internal.address.Machine;
import java.net.IDN;
import java.util.Locale;

/**
 * An allowed value of the header {@code Host}: {@code example.com}, {@code example.com:8443},
 * {@code [2001:db8::1]}, or {@code *.example.com} for all names below it. A rule without a port
 * allows any port.
 */
public record HostRule(boolean below, String host, int port) {
  private static final String EXPECTED =
      "a host such as example.com, example.com:8443 or *.example.com";
  private static final String BELOW = "*.";

  /**
   * Parses a rule. Upper case, a final dot and letters beyond ASCII are normalised as browsers do
   * it.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static HostRule parse(String text) {
    var below = text.startsWith(BELOW);
    var name = below ? text.substring(BELOW.length()) : text;
    var authority =
        Authority.parse(ascii(name)).orElseThrow(() -> new IllegalArgumentException(EXPECTED));
    if (below && authority.literal().isPresent()) {
      throw new IllegalArgumentException(EXPECTED + " (nothing is below an address)");
    }
    return new HostRule(below, Machine.withoutDot(authority.host()), authority.port());
  }

  boolean matches(Authority authority) {
    var name = Machine.withoutDot(authority.host());
    return (port < 0 || port == authority.port())
        && (below ? name.endsWith("." + host) && !name.startsWith(".") : name.equals(host));
  }

  /** Returns a host name in ASCII, with letters beyond ASCII as {@code xn--…}. */
  static String ascii(String name) {
    try {
      return name.chars().allMatch(c -> c < 0x80)
          ? name
          : IDN.toASCII(name.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public String toString() {
    return (below ? BELOW : "") + new Authority(host, port);
  }
}
