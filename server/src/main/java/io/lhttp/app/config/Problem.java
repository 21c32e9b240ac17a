package io.lhttp.app.config;

/** An error and its place. Its text is {@code file:line:column: message}. */
public record Problem(Place place, String message) {
  @Override
  public String toString() {
    return place + ": " + message;
  }
}
