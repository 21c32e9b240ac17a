package io.lhttp.server;

import java.util.List;
import java.util.Set;

/**
 * Which web pages may open a connection or publish, by the {@code Origin} that a browser sends. A
 * client that sends none is no browser and may. The comparison is exact, to the letter's case.
 */
public final class Origins {
  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Set<String> listed;
  private final boolean same;
  private final boolean local;

  private Origins(Set<String> listed, boolean same, boolean local) {
    this.listed = listed;
    this.same = same;
    this.local = local;
  }

  /**
   * Pages that this server itself has served: the origin's host and port are those of the request.
   */
  public static Origins same() {
    return new Origins(Set.of(), true, false);
  }

  /** Pages from these origins and no others: {@code https://example.com}. */
  public static Origins only(List<String> origins) {
    return new Origins(Set.copyOf(origins), false, false);
  }

  /** Pages from this machine, on any port; for development. */
  public static Origins localhost() {
    return new Origins(Set.of(), false, true);
  }

  /** These, and pages from this machine, on any port. */
  public Origins orLocalhost() {
    return new Origins(listed, same, true);
  }

  /**
   * @param origins every {@code Origin} header of the request
   * @param hosts every {@code Host} header of the request
   */
  boolean allow(List<String> origins, List<String> hosts) {
    if (origins.isEmpty()) {
      return true;
    }
    if (origins.size() > 1) {
      return false;
    }
    var origin = origins.getFirst();
    if (listed.contains(origin)) {
      return true;
    }
    var authority = authority(origin);
    return !authority.isEmpty()
        && ((same && hosts.size() == 1 && authority.equals(hosts.getFirst()))
            || (local && LOCAL.contains(host(authority))));
  }

  /** Host and port of an {@code http} or {@code https} origin, else nothing. */
  private static String authority(String origin) {
    for (var scheme : List.of("http://", "https://")) {
      if (origin.startsWith(scheme)) {
        var authority = origin.substring(scheme.length());
        return authority.indexOf('/') < 0 && authority.indexOf('@') < 0 ? authority : "";
      }
    }
    return "";
  }

  private static String host(String authority) {
    var colon = authority.lastIndexOf(':');
    var port = colon > authority.lastIndexOf(']') ? authority.substring(colon + 1) : "";
    return !port.isEmpty() && port.chars().allMatch(c -> c >= '0' && c <= '9')
        ? authority.substring(0, colon)
        : authority;
  }
}
