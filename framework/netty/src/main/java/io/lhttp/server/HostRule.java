package io.lhttp.server;

import io.lhttp.server.internal.address.Authority;
import java.net.IDN;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * An allowed value of the header {@code Host}: {@code example.com}, {@code example.com:8443},
 * {@code [2001:db8::1]}, or {@code *.example.com} for all names below it. A rule without a port
 * allows any port.
 */
public record HostRule(boolean below, String host, int port) {
  private static final String EXPECTED =
      "a host such as example.com, example.com:8443 or *.example.com";
  private static final String BELOW = "*.";
  private static final int LONGEST_WORD = 63;

  /**
   * The characters that IDNA 2003 replaces or removes, and browsers encode: the German sharp s, the
   * Greek final sigma and two invisible joiners (UTS 46, section 4.2.3).
   */
  private static final Pattern DEVIATING = Pattern.compile("[\\u00df\\u03c2\\u200c\\u200d]");

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
    var rule = new HostRule(below, authority.hostWithoutDot(), authority.port());
    requireResolvable(rule.host, host -> new HostRule(host.below, host.host, rule.port).toString());
    return rule;
  }

  /**
   * Checks that a name can be one of the DNS.
   *
   * @param whole returns the rule with a corrected name, for the message
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  static void requireResolvable(String name, Function<HostRule, String> whole) {
    var words = name.split("\\.", -1);
    if (name.endsWith(".") && words.length > 1) {
      throw new IllegalArgumentException(
          "the name without its final dot: "
              + whole.apply(new HostRule(false, name.substring(0, name.length() - 1), -1)));
    }
    if (name.startsWith(".") && words.length > 2) {
      throw new IllegalArgumentException(
          "%s for all names below it"
              .formatted(whole.apply(new HostRule(true, name.substring(1), -1))));
    }
    for (var word : words) {
      if (word.isEmpty() || word.length() > LONGEST_WORD) {
        throw new IllegalArgumentException(
            EXPECTED + " (1 to %d characters between two dots)".formatted(LONGEST_WORD));
      }
    }
  }

  boolean matches(Authority authority) {
    var name = authority.hostWithoutDot();
    return (port < 0 || port == authority.port())
        && (below ? name.endsWith("." + host) && !name.startsWith(".") : name.equals(host));
  }

  /**
   * Returns a host name in ASCII, with letters beyond ASCII as {@code xn--…}.
   *
   * @throws IllegalArgumentException if the JDK, which knows an earlier standard than browsers do,
   *     can't convert the name, or not as browsers do
   */
  static String ascii(String name) {
    if (name.chars().allMatch(c -> c < 0x80)) {
      return name;
    }
    var lower = name.toLowerCase(Locale.ROOT);
    try {
      if (DEVIATING.matcher(lower).find()) {
        throw new IllegalArgumentException("a letter that the standards encode differently");
      }
      return IDN.toASCII(lower);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "this name as browsers send it, in ASCII: xn--…, as their address bars copy it", e);
    }
  }

  @Override
  public String toString() {
    return (below ? BELOW : "") + new Authority(host, port);
  }
}
