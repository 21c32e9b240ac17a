package io.lhttp.app;

import io.lhttp.outgoing.OutgoingPaths;
import java.net.URI;

/** Where scripts may fetch from: scheme, host, port and the beginning of the path. */
record FetchTarget(URI uri) {
  static FetchTarget parse(String text) {
    var uri = URI.create(text);
    var scheme = uri.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme))
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || !OutgoingPaths.plain(uri.getRawPath())) {
      throw new IllegalArgumentException("no target: " + text);
    }
    return new FetchTarget(uri);
  }
}
