package io.lhttp.client;

import io.lhttp.client.internal.protocol.CloseCodes;
import java.util.Optional;

/**
 * The application's token, and whether the server has refused it, by the token states of
 * docs/client-states.md. The attempts to connect, which run one at a time, renew the token; the
 * client's lock guards the other fields.
 */
final class Token {
  private final Optional<TokenSource> source;
  private final boolean renewable;
  private volatile Optional<String> value = Optional.empty();
  private volatile boolean refused;

  private Token(Optional<TokenSource> source, boolean renewable) {
    this.source = source;
    this.renewable = renewable;
  }

  static Token none() {
    return new Token(Optional.empty(), false);
  }

  static Token fixed(String token) {
    return new Token(Optional.of(refused -> token), false);
  }

  static Token of(TokenSource source) {
    return new Token(Optional.of(source), true);
  }

  /** Returns a token with the same source, as if none had been sent yet. */
  Token fresh() {
    return new Token(source, renewable);
  }

  /** The token of the current connection. */
  Optional<String> value() {
    return value;
  }

  /**
   * Gets the token of the next connection from the source, which may block.
   *
   * @return false if the server has refused the only token
   * @throws IllegalArgumentException if the token can't be sent; the text does not contain the
   *     token
   * @throws Exception the exception of the source
   */
  boolean renew() throws Exception {
    var afterRefusal = refused;
    var next = source.isEmpty() ? "" : source.get().token(afterRefusal);
    if (!next.isEmpty()) {
      require(next);
    }
    if (afterRefusal && (next.isEmpty() || value.equals(Optional.of(next)))) {
      return false;
    }
    value = Optional.of(next).filter(token -> !token.isEmpty());
    refused = false;
    return true;
  }

  /**
   * Evaluates the close code of a connection. Returns true if the server has refused the token and
   * there is no other one.
   */
  boolean lost(int code) {
    if (code != CloseCodes.UNAUTHENTICATED) {
      return false;
    }
    refused = true;
    return !renewable;
  }

  static String require(String token) {
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("a token is visible ASCII without spaces, this is not");
    }
    return token;
  }
}
