package io.lhttp.filters.auth;

/** A token can't be checked, as the issuer's keys are out of reach. */
final class KeysUnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  KeysUnreachableException() {
    super("the issuer's keys are not here", null, false, false);
  }
}
