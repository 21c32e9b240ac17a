package io.lhttp.app.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Secrets;
import io.lhttp.app.http.HttpNames;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * The address of the admin listener, and the tokens for it.
 *
 * @param host a name or a literal address
 * @param port 0 for a free port
 * @param token the texts of which requests send one as {@code Authorization: Bearer}; without any
 *     only this machine may connect
 */
public record AdminAccess(String host, int port, Optional<Secrets> token) {
  /** The admin listener on port 9091 of this machine, which other machines cannot reach. */
  public static final AdminAccess DEFAULT = new AdminAccess("127.0.0.1", 9091, Optional.empty());

  private static final int LEAST_TOKEN = 16;

  /**
   * @throws IllegalArgumentException if the host is not of this machine and there is no token, or
   *     if the token is too short; the message is for the author of the configuration
   */
  public AdminAccess {
    if (token.isEmpty() && !HttpNames.loopback(host)) {
      throw new IllegalArgumentException(
          host + " is not this machine's loopback address: that needs a token, admin.token");
    }
    if (token.stream()
        .flatMap(tokens -> tokens.all().stream())
        .anyMatch(one -> one.text().length() < LEAST_TOKEN)) {
      throw new IllegalArgumentException(
          "a token has at least " + LEAST_TOKEN + " characters, this one is shorter");
    }
  }

  /**
   * Returns this access with the tokens of another one, whose address waits for a restart. Without
   * tokens in it, an address that other machines can reach keeps its own.
   */
  public AdminAccess withTokenOf(AdminAccess other) {
    return other.token.isEmpty() && !HttpNames.loopback(host)
        ? this
        : new AdminAccess(host, port, other.token);
  }

  /** Returns host and port; the token stays out of logs. */
  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, token.isPresent() ? " with a token" : "");
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  /**
   * Returns whether the header {@code Authorization} of a request has one of the tokens. The
   * comparison takes the same time for each text, so that its duration reveals nothing about them.
   */
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
    var found = false;
    for (var valid : token.get().all()) {
      found |= MessageDigest.isEqual(hash(sent), hash(valid.text()));
    }
    return found;
  }

  /**
   * Returns whether the header {@code Host} of a request names this listener. This refuses pages of
   * attackers who let their own domain resolve to this machine: the browser then sends that domain
   * as {@code Host}.
   */
  public boolean knownAs(Optional<String> host) {
    return token.isPresent() || host.map(HttpNames::withoutPort).filter(this::own).isPresent();
  }

  private boolean own(String name) {
    return name.equalsIgnoreCase(host) || HttpNames.loopback(name);
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
