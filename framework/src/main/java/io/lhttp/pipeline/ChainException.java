package io.lhttp.pipeline;

/** A generation could not be made; the running one stays. */
public final class ChainException extends Exception {
  private static final long serialVersionUID = 1L;

  ChainException(String kind, String name, Throwable cause) {
    super(kind + " '" + name + "' could not be made: " + cause, cause);
  }
}
