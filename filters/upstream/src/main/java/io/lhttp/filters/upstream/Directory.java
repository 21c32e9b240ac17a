package io.lhttp.filters.upstream;

import io.lhttp.Metric;
import io.lhttp.RefusedException;
import io.lhttp.internal.cache.BoundedCache;
import io.lhttp.outgoing.OutgoingPaths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * Finds the destination that a message or a route names; all that are not configured are refused.
 * All threads may use it.
 */
final class Directory {
  /**
   * The form of URLs that clients may write: without user, backslash, fragment, or escapes in the
   * host.
   */
  private static final Pattern URL =
      Pattern.compile("https?://[^/?#\\\\@%]+(/[^?#\\\\]*)?(\\?[^#\\\\]*)?");

  private static final Pattern IPV4 =
      Pattern.compile("(?:0|[1-9]\\d{0,2})(?:\\.(?:0|[1-9]\\d{0,2})){3}");

  /**
   * Matches a host that ends in a number, which is read as an IPv4 address (WHATWG URL, section
   * 3.5).
   */
  private static final Pattern NUMBER = Pattern.compile("(?:^|\\.)(?:\\d+|0[xX][0-9a-fA-F]*)\\.?$");

  private static final int KEPT = 1024;
  private static final int LONGEST_KEPT = 256;
  private static final Duration KEPT_TIME = Duration.ofMinutes(10);

  private final List<Upstream> allowed;
  private final Map<String, Upstream> named;

  /** The upstreams of routes that name a URL. A message can't reach them by naming the URL. */
  private final Map<String, Upstream> routed;

  /**
   * The destinations that messages named lately, because parsing a URL costs as much as sending a
   * request.
   */
  private final BoundedCache<String, Destination> found =
      new BoundedCache<>(KEPT, KEPT_TIME, System::nanoTime);

  /**
   * @param allowed one upstream per rule of the allow-list, each with one target
   * @param routed the upstreams of routes, by the route's URL without its query
   */
  Directory(List<Upstream> allowed, Map<String, Upstream> named, Map<String, Upstream> routed) {
    // a rule that names a host takes precedence over one that leaves the host to the client
    this.allowed =
        allowed.stream()
            .sorted(Comparator.comparing(upstream -> upstream.targets.getFirst().rule.wild()))
            .toList();
    this.named = Map.copyOf(named);
    this.routed = Map.copyOf(routed);
  }

  /**
   * Returns the destination that a message names.
   *
   * @throws RefusedException 400 if the text is malformed, 403 if the destination is not allowed
   */
  Destination find(String target) {
    var kept = found.get(target);
    if (kept.isPresent()) {
      return kept.get();
    }
    var destination = target.contains("://") ? byUrl(target) : byName(target);
    if (target.length() <= LONGEST_KEPT) {
      found.put(target, destination);
    }
    return destination;
  }

  /**
   * Returns the destination of a route.
   *
   * @throws IllegalArgumentException if the route's path leaves the path of the named upstream
   */
  Destination of(Route route) {
    if (route.name().isPresent()) {
      try {
        return byName(route.target());
      } catch (RefusedException e) {
        throw new IllegalArgumentException(
            "the route to '" + route.target() + "' leads out of the targets of its name", e);
      }
    }
    var upstream = routed.get(route.rule().text());
    if (upstream == null) {
      throw new IllegalArgumentException("no target was made for " + route.target());
    }
    return Destination.of(upstream, route.query());
  }

  /** Returns the allowed destination of a redirect; empty if it is forbidden. */
  Optional<Destination> redirect(Upstream upstream, Target target, HttpUrl url) {
    return target.rule.allows(url) && clean(url)
        ? Optional.of(Destination.of(new Upstream(upstream.name, List.of(target)), url))
        : allowed(url);
  }

  List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    allowed.forEach(upstream -> upstream.measure(metrics));
    named.values().forEach(upstream -> upstream.measure(metrics));
    routed.values().forEach(upstream -> upstream.measure(metrics));
    return metrics;
  }

  private Destination byUrl(String text) {
    var url = URL.matcher(text).matches() ? HttpUrl.parse(text) : null;
    if (url == null) {
      throw new RefusedException(400, "no URL in the header upstream");
    }
    return allowed(url).orElseThrow(Directory::notAllowed);
  }

  private Optional<Destination> allowed(HttpUrl url) {
    if (!clean(url)) {
      return Optional.empty();
    }
    return allowed.stream()
        .filter(upstream -> upstream.targets.getFirst().rule.allows(url))
        .findFirst()
        .map(upstream -> Destination.of(upstream, url));
  }

  private static boolean clean(HttpUrl url) {
    return plainHost(url.host())
        && OutgoingPaths.plain(url.encodedPath())
        && url.encodedUsername().isEmpty()
        && url.encodedPassword().isEmpty();
  }

  /**
   * Refuses octal, hexadecimal and shortened addresses, which other readers understand differently.
   */
  private static boolean plainHost(String host) {
    return host.contains(":") || IPV4.matcher(host).matches() || !NUMBER.matcher(host).find();
  }

  private Destination byName(String target) {
    var form = Route.NAMED.matcher(target);
    if (!form.matches()) {
      throw new RefusedException(400, "the header upstream has neither a URL nor a name");
    }
    var upstream = named.get(form.group(1));
    var destination = upstream == null ? null : Destination.of(upstream, form.group(2));
    if (destination == null
        || destination.at(destination.upstream().targets.getFirst()).isEmpty()) {
      throw notAllowed();
    }
    return destination;
  }

  /** The refusal is the same for every reason, so that clients can't probe which targets exist. */
  static RefusedException notAllowed() {
    return new RefusedException(403, "this upstream is not allowed");
  }
}
