package io.lhttp.app.config;

/**
 * An error in a configuration or in code, with its place. Its text is {@code file:line:column:
 * message}. If the place is in {@code lhttp.yaml}, a copy of the line and a line with a caret
 * follow.
 */
public record Problem(Place place, String message) {
  /** The place and the message, without a copy of the line. */
  public String summary() {
    return place + ": " + message;
  }

  @Override
  public String toString() {
    return summary() + place.excerpt(message);
  }
}
