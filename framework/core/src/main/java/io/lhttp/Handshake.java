package io.lhttp;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The HTTP request that a connection began with.
 *
 * @param remote the client's address: as the socket has it or, behind a trusted proxy, as that one
 *     tells it; the port is 0 where it is not told
 * @param uri path and query, as they were sent
 * @param headers names in lower case; what only served the handshake itself is left out
 */
public record Handshake(InetSocketAddress remote, String uri, Map<String, List<String>> headers) {
  public Handshake {
    headers =
        headers.entrySet().stream()
            .collect(
                toUnmodifiableMap(Map.Entry::getKey, header -> List.copyOf(header.getValue())));
  }

  /** The URI up to the query, still encoded. */
  public String path() {
    var query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /** What follows the question mark, still encoded; empty without one. */
  public String query() {
    var query = uri.indexOf('?');
    return query < 0 ? "" : uri.substring(query + 1);
  }

  /** The first header of this name, which is in lower case. */
  public Optional<String> header(String name) {
    return headers.getOrDefault(name, List.of()).stream().findFirst();
  }
}
