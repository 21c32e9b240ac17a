package io.lhttp.app.settings;

import io.lhttp.outgoing.OutgoingPaths;
import java.net.URI;

/** An allowed target of {@code fetch}: scheme, host, port and the beginning of the path. */
public record FetchTarget(URI uri) {
  private static final String ALL_BELOW = "/*";

  /**
   * Parses a target. A path that ends in {@code /*} allows all paths below it, as a path that ends
   * in a slash does.
   */
  static FetchTarget parse(String text) {
    var uri = URI.create(text.endsWith(ALL_BELOW) ? text.substring(0, text.length() - 1) : text);
    var scheme = uri.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme))
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || uri.toString().indexOf('*') >= 0
        || !OutgoingPaths.plain(uri.getRawPath())) {
      throw new IllegalArgumentException("no target: " + text);
    }
    return new FetchTarget(uri);
  }
}
