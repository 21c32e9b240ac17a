package io.lhttp.app.config;

/** What is wrong, and where. Its text is {@code file:line:column: message}. */
public record Problem(Place place, String message) {
  @Override
  public String toString() {
    return place + ": " + message;
  }
}
