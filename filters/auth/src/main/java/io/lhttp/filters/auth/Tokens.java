package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Handshake;
import io.lhttp.filters.auth.AuthOptions.Sources;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the token in a handshake or a message. Immutable. */
final class Tokens {
  /** In place of an unreadable token. No key accepts it. */
  static final String UNREADABLE = "";

  private static final String BEARER = "bearer ";
  private static final String SUBPROTOCOL = "bearer.";

  private final Sources sources;

  Tokens(Sources sources) {
    this.sources = sources;
  }

  /**
   * Returns the token of the first source that has one; {@link #UNREADABLE} if this source has two.
   */
  Optional<String> of(Handshake handshake) {
    return List.of(bearer(handshake), subprotocol(handshake), query(handshake), cookie(handshake))
        .stream()
        .filter(found -> !found.isEmpty())
        .findFirst()
        .map(found -> found.size() == 1 ? found.getFirst() : UNREADABLE);
  }

  /** Returns the token of an {@code authorization} header, with or without {@code Bearer}. */
  static String of(String authorization) {
    return authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)
        ? authorization.substring(BEARER.length()).strip()
        : authorization;
  }

  private List<String> bearer(Handshake handshake) {
    var headers = handshake.headers().getOrDefault("authorization", List.of());
    return sources.bearer()
        ? headers.stream()
            .map(
                value -> value.toLowerCase(Locale.ROOT).startsWith(BEARER) ? of(value) : UNREADABLE)
            .toList()
        : List.of();
  }

  private List<String> subprotocol(Handshake handshake) {
    return sources.subprotocol()
        ? handshake.headers().getOrDefault("sec-websocket-protocol", List.of()).stream()
            .flatMap(value -> List.of(value.split(",", -1)).stream())
            .map(String::strip)
            .filter(value -> value.startsWith(SUBPROTOCOL))
            .map(value -> value.substring(SUBPROTOCOL.length()))
            .toList()
        : List.of();
  }

  private List<String> query(Handshake handshake) {
    if (sources.query().isEmpty()) {
      return List.of();
    }
    return values(List.of(handshake.query().split("&", -1)), sources.query().get()).stream()
        .map(Tokens::decoded)
        .toList();
  }

  private List<String> cookie(Handshake handshake) {
    if (sources.cookie().isEmpty()) {
      return List.of();
    }
    var pairs = new ArrayList<String>();
    for (var header : handshake.headers().getOrDefault("cookie", List.of())) {
      pairs.addAll(List.of(header.split(";", -1)));
    }
    return values(pairs, sources.cookie().get()).stream().map(Tokens::unquoted).toList();
  }

  /** Removes the quotes in which a cookie's value may stand (RFC 6265, section 4.1.1). */
  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  private static List<String> values(List<String> pairs, String name) {
    return pairs.stream()
        .map(String::strip)
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .toList();
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, UTF_8);
    } catch (IllegalArgumentException ignored) {
      return UNREADABLE;
    }
  }
}
