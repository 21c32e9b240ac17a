package io.lhttp.app.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The place of a text: source, line and column. Two places are equal if all three are. */
public final class Place {
  private final String source;
  private final int line;
  private final int column;

  /** The lines of the source, for error messages; null if the source has no lines. */
  private final @Nullable MaskedLines lines;

  /**
   * @param source a file as the user named it, or an option of the command line
   * @param line counts from 1; 0 if the source has no lines
   * @param column counts from 1; 0 if the source has no lines
   */
  public Place(String source, int line, int column) {
    this(source, line, column, null);
  }

  Place(String source, int line, int column, @Nullable MaskedLines lines) {
    this.source = source;
    this.line = line;
    this.column = column;
    this.lines = lines;
  }

  /** Returns the place of the source as a whole. */
  public static Place of(String source) {
    return new Place(source, 0, 0);
  }

  /** Returns another place of the same source. */
  Place at(int line, int column) {
    return new Place(source, line, column, lines);
  }

  /** The file as the user named it, or the option of the command line. */
  public String source() {
    return source;
  }

  /** The number of the line, from 1; 0 if the source has no lines. */
  public int line() {
    return line;
  }

  /** The number of the column, from 1; 0 if the source has no lines. */
  public int column() {
    return column;
  }

  /**
   * Returns the source's line and a line with a caret, each after a line break; empty if the line
   * is not known.
   *
   * @param message the message about this place, which contains no secret
   */
  String excerpt(String message) {
    return lines == null ? "" : lines.excerpt(line, column, message);
  }

  /** Decides by the type of the word at this place whether excerpts show it. */
  void mark(MaskedLines.Mark mark) {
    if (lines != null) {
      lines.mark(line, column, mark);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Place place
        && place.source.equals(source)
        && place.line == line
        && place.column == column;
  }

  @Override
  public int hashCode() {
    return Objects.hash(source, line, column);
  }

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
