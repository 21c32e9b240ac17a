package io.lhttp.app.config;

/**
 * An error and its place. Its text is {@code file:line:column: message}; if the place is in {@code
 * lhttp.yaml}, the line and a caret follow on lines of their own.
 */
public record Problem(Place place, String message) {
  /** Place and message, without the line of {@code lhttp.yaml}. */
  public String summary() {
    return place + ": " + message;
  }

  @Override
  public String toString() {
    return summary() + place.excerpt(message);
  }
}
