package io.lhttp.app.config;

/**
 * The place of a text.
 *
 * @param source a file as the user named it, or an option of the command line
 * @param line from 1, or 0 if the source has no lines
 * @param column from 1, or 0 if the source has no lines
 */
public record Place(String source, int line, int column) {
  /** Returns the place of the source as a whole. */
  public static Place of(String source) {
    return new Place(source, 0, 0);
  }

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
