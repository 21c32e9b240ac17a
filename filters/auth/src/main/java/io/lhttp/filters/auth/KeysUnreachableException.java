package io.lhttp.filters.auth;

/** Whether a token is good can't be said: the issuer's keys are not here. */
final class KeysUnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  KeysUnreachableException() {
    super("the issuer's keys are not here", null, false, false);
  }
}
