package io.lhttp.server;

import io.lhttp.internal.text.EditDistance;
import io.lhttp.server.internal.address.Authority;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An allowed origin of web pages: {@code https://example.com}, {@code capacitor://localhost}, or
 * {@code https://*.example.com} for all hosts below that one.
 *
 * @param scheme in lower case
 * @param host in lower case, as a browser spells it
 * @param port -1 for the scheme's default
 */
public record OriginRule(String scheme, boolean below, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(\\*\\.)?([^/?#@\\s*]+)/?");

  /** The schemes whose pages have no origin that could be listed. */
  private static final Set<String> OPAQUE =
      Set.of("file", "data", "blob", "about", "javascript", "ftp", "view-source");

  private static final String EXAMPLE = "an origin such as https://example.com";

  /**
   * Parses a rule. Upper case, a default port, a final slash and letters beyond ASCII are
   * normalised as browsers do it.
   *
   * @throws IllegalArgumentException if no browser sends such an origin, with a text that completes
   *     a message after "expected"
   */
  public static OriginRule parse(String text) {
    var rule = read(text);
    if (OPAQUE.contains(rule.scheme)) {
      throw new IllegalArgumentException(
          EXAMPLE + " (pages of %s: have none, and browsers send null)".formatted(rule.scheme));
    }
    for (var known : List.of("https", "http")) {
      if (!rule.ofTheWeb() && EditDistance.of(rule.scheme, known) == 1) {
        throw new IllegalArgumentException(
            "the scheme %s: %s"
                .formatted(known, new OriginRule(known, rule.below, rule.host, rule.port)));
      }
    }
    HostRule.requireResolvable(
        rule.host,
        host -> new OriginRule(rule.scheme, host.below(), host.host(), rule.port).toString());
    return rule;
  }

  private static OriginRule read(String text) {
    var form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(expected(text));
    }
    var scheme = form.group(1).toLowerCase(Locale.ROOT);
    if (scheme.equals("ws") || scheme.equals("wss")) {
      throw new IllegalArgumentException(
          "the origin of the page, not of the socket: http%s://%s"
              .formatted(scheme.equals("wss") ? "s" : "", form.group(3)));
    }
    var authority =
        Authority.parse(HostRule.ascii(form.group(3)))
            .orElseThrow(() -> new IllegalArgumentException(expected(text)));
    var below = form.group(2) != null;
    if (below && (authority.literal().isPresent() || !wide(authority.host()))) {
      throw new IllegalArgumentException(
          "a domain of two names or more behind *., as in https://*.example.com");
    }
    return new OriginRule(
        scheme, below, authority.host(), withoutDefault(scheme, authority.port()));
  }

  /** Parses an origin that a client sent; empty if the text is no origin or has a wildcard. */
  static Optional<OriginRule> sent(String text) {
    try {
      var origin = read(text);
      return origin.below ? Optional.empty() : Optional.of(origin);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean matches(OriginRule origin) {
    return scheme.equals(origin.scheme)
        && port == origin.port
        && (below ? origin.host.endsWith("." + host) : origin.host.equals(host));
  }

  /**
   * Whether this is the origin of the server's own pages.
   *
   * @param server the host and port that the request names
   * @param secure whether the page's connection is known to be encrypted. If not, the origin may
   *     have either scheme
   */
  boolean isOf(Authority server, boolean secure) {
    var own =
        scheme.equals("https") || (scheme.equals("http") && !secure)
            ? withoutDefault(scheme, server.port())
            : -2;
    return own == port && host.equals(server.host());
  }

  Authority authority() {
    return new Authority(host, port);
  }

  /** Whether the scheme is HTTP or HTTPS. */
  boolean ofTheWeb() {
    return scheme.equals("http") || scheme.equals("https");
  }

  private static boolean wide(String domain) {
    return domain.indexOf('.') > 0 || domain.equals("localhost");
  }

  private static int withoutDefault(String scheme, int port) {
    var own = scheme.equals("https") ? 443 : scheme.equals("http") ? 80 : -1;
    return port == own ? -1 : port;
  }

  private static String expected(String text) {
    if (text.equals("*")) {
      return EXAMPLE + " (pages of any origin can't be allowed)";
    }
    if (text.equals("null")) {
      return EXAMPLE + " (null is what any page can send)";
    }
    var slashes = text.indexOf("://");
    if (slashes < 0) {
      return EXAMPLE + ", with its scheme";
    }
    if (text.indexOf('*') >= 0) {
      return EXAMPLE + ", or https://*.example.com for the hosts below it";
    }
    var end = slashes + 3;
    while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end < text.length() - 1 && end > slashes + 3
        ? "an origin, without a path: " + text.substring(0, end)
        : EXAMPLE;
  }

  /** Returns the origin as a browser sends it. */
  @Override
  public String toString() {
    return scheme + "://" + (below ? "*." : "") + authority();
  }
}
