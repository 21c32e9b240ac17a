package io.lhttp.app;

import java.util.Optional;

/**
 * Where the server listens: {@code 8081}, {@code 127.0.0.1:8081}, {@code [::1]:8081}.
 *
 * @param host none for the command's own choice
 * @param port 0 for any that is free
 */
record Listen(Optional<String> host, int port) {
  static final int DEFAULT_PORT = 8081;
  static final int MAX_PORT = 65_535;

  Listen {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("no port: " + port);
    }
  }

  static Listen parse(String text) {
    var colon = text.lastIndexOf(':');
    var port = Integer.parseUnsignedInt(text.substring(colon + 1));
    return new Listen(
        colon < 0 ? Optional.empty() : Optional.of(host(text.substring(0, colon))), port);
  }

  private static String host(String text) {
    var literal = text.startsWith("[") && text.endsWith("]");
    var host = literal ? text.substring(1, text.length() - 1) : text;
    if (host.isEmpty() || literal != host.contains(":") || host.chars().anyMatch(c -> c <= ' ')) {
      throw new IllegalArgumentException("no host: " + text);
    }
    return host;
  }
}
