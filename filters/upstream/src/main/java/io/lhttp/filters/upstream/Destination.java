package io.lhttp.filters.upstream;

import io.lhttp.outgoing.OutgoingPaths;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * The destination of a message.
 *
 * @param urls the URL at each target of the upstream. A target is left out if the message's path
 *     would lead out of the path that is allowed there
 */
record Destination(Upstream upstream, Map<Target, HttpUrl> urls) {
  Destination {
    urls = Map.copyOf(urls);
  }

  /**
   * Returns the destination of a full URL, at an upstream with a single target that allows the URL.
   */
  static Destination of(Upstream upstream, HttpUrl url) {
    return new Destination(upstream, Map.of(upstream.targets.getFirst(), url));
  }

  /**
   * Returns the destination below a named upstream.
   *
   * @param rest the text after the name: empty, or a path below each target's path, and a query
   */
  static Destination of(Upstream upstream, String rest) {
    var urls = new LinkedHashMap<Target, HttpUrl>();
    for (var target : upstream.targets) {
      target
          .rule
          .url()
          .flatMap(base -> below(base, rest, target.rule))
          .ifPresent(url -> urls.put(target, url));
    }
    return new Destination(upstream, urls);
  }

  Optional<HttpUrl> at(Target target) {
    return Optional.ofNullable(urls.get(target));
  }

  private static Optional<HttpUrl> below(HttpUrl base, String rest, AllowRule rule) {
    if (rest.isEmpty()) {
      return Optional.of(base);
    }
    var text = base.toString();
    var joined = text.endsWith("/") ? text.substring(0, text.length() - 1) + rest : text + rest;
    return Optional.ofNullable(HttpUrl.parse(joined))
        .filter(url -> rule.allows(url) && OutgoingPaths.plain(url.encodedPath()));
  }
}
