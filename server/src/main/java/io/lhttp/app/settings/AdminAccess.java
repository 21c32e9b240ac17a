package io.lhttp.app.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the admin listener is, and who may use it.
 *
 * @param host a name or a literal address
 * @param port 0 for any that is free
 * @param token what has to be sent as {@code Authorization: Bearer}; without one only this machine
 *     is listened to
 */
public record AdminAccess(String host, int port, Optional<String> token) {
  /** For this machine alone. */
  public static final AdminAccess DEFAULT = new AdminAccess("127.0.0.1", 9091, Optional.empty());

  private static final int LEAST_TOKEN = 16;

  /**
   * @throws IllegalArgumentException in words for who has written it
   */
  public AdminAccess {
    if (token.isEmpty() && !loopback(host)) {
      throw new IllegalArgumentException(
          host + " is not this machine's loopback address: that needs a token, admin.token");
    }
    if (token.isPresent() && token.get().length() < LEAST_TOKEN) {
      throw new IllegalArgumentException(
          "a token has at least " + LEAST_TOKEN + " characters, this one is shorter");
    }
  }

  /** Never the token. */
  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, token.isPresent() ? " with a token" : "");
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  /** Whether the header {@code Authorization} carries the token; takes the same time for any. */
  public boolean authorizes(Optional<String> authorization) {
    if (token.isEmpty()) {
      return true;
    }
    var scheme = "Bearer ";
    var sent =
        authorization
            .filter(value -> value.regionMatches(true, 0, scheme, 0, scheme.length()))
            .map(value -> value.substring(scheme.length()).strip())
            .orElse("");
    return MessageDigest.isEqual(hash(sent), hash(token.get()));
  }

  /**
   * Whether a request's {@code Host} is one that its sender could know this listener by. A page
   * whose own name was made to resolve to this machine sends that name; it has no token either.
   */
  public boolean knownAs(Optional<String> host) {
    return token.isPresent() || host.map(AdminAccess::withoutPort).filter(this::own).isPresent();
  }

  private boolean own(String name) {
    return name.equalsIgnoreCase(host) || loopback(name);
  }

  private static String withoutPort(String host) {
    if (host.startsWith("[")) {
      var end = host.indexOf(']');
      return end < 0 ? host : host.substring(1, end);
    }
    var colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  /** Looks nothing up: a name that resolves to this machine today may not do so tomorrow. */
  private static boolean loopback(String host) {
    if (host.toLowerCase(Locale.ROOT).equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
