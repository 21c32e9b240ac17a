package io.lhttp;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The HTTP request that opened a connection.
 *
 * @param remote the client's address: the socket's, or the one that a trusted proxy names; the port
 *     is 0 if the proxy names none
 * @param uri path and query, as the client sent them
 * @param headers by name in lower case, without the headers that only serve the WebSocket handshake
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

  /** The text after the question mark, still encoded; empty without one. */
  public String query() {
    var query = uri.indexOf('?');
    return query < 0 ? "" : uri.substring(query + 1);
  }

  /**
   * The first header of this name.
   *
   * @param name in lower case
   */
  public Optional<String> header(String name) {
    return headers.getOrDefault(name, List.of()).stream().findFirst();
  }
}
