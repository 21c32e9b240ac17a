package io.lhttp.filters.auth;

/** Thrown if a token can't be verified, because the issuer's keys could not be fetched. */
final class KeysUnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  KeysUnreachableException() {
    super("the issuer's keys are not here", null, false, false);
  }
}
