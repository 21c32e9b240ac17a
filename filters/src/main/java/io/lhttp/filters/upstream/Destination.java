package io.lhttp.filters.upstream;

import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * Where a message goes.
 *
 * @param url of which the upstream's only target allows every part; none for a named upstream,
 *     where each target has its own
 * @param rest what follows the name of a named upstream: nothing, or a path below the target's, and
 *     a query
 */
record Destination(Upstream upstream, Optional<HttpUrl> url, String rest) {
  /** The URL at one of the upstream's targets; empty where the rest leads out of it. */
  Optional<HttpUrl> at(Target target) {
    return url.isPresent() ? url : target.rule.url().flatMap(base -> below(base, target.rule));
  }

  private Optional<HttpUrl> below(HttpUrl base, AllowRule rule) {
    if (rest.isEmpty()) {
      return Optional.of(base);
    }
    var text = base.toString();
    var joined = text.endsWith("/") ? text.substring(0, text.length() - 1) + rest : text + rest;
    return Optional.ofNullable(HttpUrl.parse(joined))
        .filter(url -> rule.allows(url) && Paths.plain(url.encodedPath()));
  }
}
