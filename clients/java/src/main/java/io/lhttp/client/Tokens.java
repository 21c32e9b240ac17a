package io.lhttp.client;

import java.util.Optional;
import java.util.function.Supplier;

/** The tokens of a supplier. One that the server has refused is not sent again. */
final class Tokens {
  private final Optional<Supplier<String>> supplier;
  private volatile Optional<String> refused = Optional.empty();

  Tokens(Optional<Supplier<String>> supplier) {
    this.supplier = supplier;
  }

  /**
   * Asks the supplier, which may block.
   *
   * @throws IllegalStateException where the token can't be sent; the message does not hold it
   */
  Optional<String> next() {
    var token = supplier.map(Supplier::get);
    token.ifPresent(Tokens::require);
    if (token.isPresent() && token.equals(refused)) {
      throw new IllegalStateException("the supplier still gives the token that the server refused");
    }
    return token;
  }

  void refused(Optional<String> token) {
    refused = token;
  }

  static String require(String token) {
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalStateException("a token is visible ASCII without spaces, this is not");
    }
    return token;
  }
}
