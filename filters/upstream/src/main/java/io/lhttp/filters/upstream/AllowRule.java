package io.lhttp.filters.upstream;

import io.lhttp.outgoing.OutgoingPaths;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * A rule for URLs that messages may name: {@code http://10.0.0.5:9000/record}, {@code
 * https://*.example.com/hooks}, {@code https://*}. Immutable.
 *
 * @param text the rule as written, without a final wildcard
 * @param host a host, {@code *} for any, or {@code *.} and a domain for the hosts in it
 * @param port 0 for any
 * @param path a URL's path must be this path, or below it
 * @param below whether the rule was written with a final wildcard, and so means no single URL
 */
public record AllowRule(
    String text, String scheme, String host, int port, String path, boolean below) {
  private static final Pattern FORM =
      Pattern.compile(
          "(https?)://(\\*|(?:\\*\\.)?[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}|\\*))?(/[^?#\\s]*)?");

  private static final String ANY = "*";

  /**
   * Parses a rule. The port is the scheme's default, or {@code *} for any; a final {@code /*} of a
   * path means all paths below it.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static AllowRule parse(String written) {
    var below = written.endsWith("/*") && !written.endsWith("//*");
    var text = below ? written.substring(0, written.length() - 1) : written;
    var form = FORM.matcher(text);
    if (form.matches() && (form.group(4) == null || !form.group(4).contains(ANY))) {
      var scheme = form.group(1);
      var host = form.group(2);
      var wild = host.equals(ANY) ? ANY : host.startsWith("*.") ? "*." : "";
      var port = form.group(3) == null ? "" : ":" + form.group(3).replace(ANY, "1");
      var path = form.group(4) == null ? "/" : form.group(4);
      var name = wild.equals(ANY) ? "any" : host.substring(wild.length());
      var url = HttpUrl.parse(scheme + "://" + name + port + path);
      if (url != null && OutgoingPaths.plain(url.encodedPath())) {
        return new AllowRule(
            text,
            scheme,
            wild.equals(ANY) ? ANY : wild + url.host(),
            ANY.equals(form.group(3)) ? 0 : url.port(),
            url.encodedPath(),
            below);
      }
    }
    throw new IllegalArgumentException(
        "a URL such as http://10.0.0.5:9000/record, https://*.example.com or https://*");
  }

  /** Whether the rule lets clients choose the host. */
  boolean wild() {
    return host.startsWith(ANY);
  }

  boolean allows(HttpUrl url) {
    return url.scheme().equals(scheme)
        && (port == 0 || url.port() == port)
        && allowsHost(url.host())
        && OutgoingPaths.under(path, url.encodedPath());
  }

  /** The URL of a rule that allows exactly one target. */
  Optional<HttpUrl> url() {
    return wild() || port == 0 || below
        ? Optional.empty()
        : Optional.ofNullable(HttpUrl.parse(text));
  }

  private boolean allowsHost(String other) {
    return wild() ? other.endsWith(host.substring(1)) : other.equals(host);
  }
}
