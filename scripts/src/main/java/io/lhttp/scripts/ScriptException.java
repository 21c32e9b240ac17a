package io.lhttp.scripts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An error in a script, in words for the script's author. */
public final class ScriptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The most characters of the script's line that are shown. */
  private static final int LONGEST_LINE = 200;

  private final String file;
  private final int line;
  private final int column;
  private final String reason;
  private final String sourceLine;

  /**
   * @param file the path from the application's folder
   * @param line counts from 1; 0 if unknown
   * @param column counts from 1; 0 if unknown
   * @param sourceLine the text of that line; empty if unknown
   * @param frames the functions of the script that were running, the innermost first
   */
  public ScriptException(
      String file,
      int line,
      int column,
      String reason,
      String sourceLine,
      List<StackTraceElement> frames,
      @Nullable Throwable cause) {
    super(place(file, line, column) + ": " + oneLine(reason), cause, false, true);
    this.file = file;
    this.line = line;
    this.column = column;
    this.reason = oneLine(reason);
    this.sourceLine = sourceLine;
    setStackTrace(frames.toArray(StackTraceElement[]::new));
  }

  /** Creates an error that concerns a file as a whole. */
  public ScriptException(String file, String reason) {
    this(file, 0, 0, reason, "", List.of(), null);
  }

  public String file() {
    return file;
  }

  /** The number of the line, from 1; 0 if unknown. */
  public int line() {
    return line;
  }

  /** The number of the column, from 1; 0 if unknown. */
  public int column() {
    return column;
  }

  /** The error's text, without its place. */
  public String reason() {
    return reason;
  }

  /** The text of the script's line; empty if unknown. */
  public String sourceLine() {
    return sourceLine;
  }

  /** The place and the text of the error in one line. */
  public String summary() {
    return place(file, line, column) + ": " + reason;
  }

  /**
   * Several lines for a terminal: place and text of the error, the script's line with a caret, and
   * the functions that were running.
   */
  public String explanation() {
    var text = new StringBuilder(summary());
    if (!sourceLine.isEmpty()) {
      // A bundle has very long lines, so only the part around the place is shown.
      var from = column > LONGEST_LINE / 2 ? column - LONGEST_LINE / 2 : 0;
      var end = Math.min(sourceLine.length(), from + LONGEST_LINE);
      var before = from == 0 ? "" : "…";
      var after = end == sourceLine.length() ? "" : "…";
      text.append("\n  ").append(before).append(sourceLine, Math.min(from, end), end).append(after);
      text.append("\n  ").append(from == 0 ? "" : " ");
      for (var i = from; i < column - 1; i++) {
        text.append(i < sourceLine.length() && sourceLine.charAt(i) == '\t' ? '\t' : ' ');
      }
      text.append('^');
    }
    for (var frame : getStackTrace()) {
      text.append("\n    at ")
          .append(frame.getMethodName())
          .append(" (")
          .append(frame.getFileName())
          .append(':')
          .append(frame.getLineNumber())
          .append(')');
    }
    return text.toString();
  }

  /** Replaces line breaks by spaces, because the text may contain a client's. */
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cc}", " ");
  }

  private static String place(String file, int line, int column) {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
