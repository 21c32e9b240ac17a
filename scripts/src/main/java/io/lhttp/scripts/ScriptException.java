package io.lhttp.scripts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An error in a script, explained for its author. */
public final class ScriptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The most characters of the source's line that are shown. */
  private static final int LONGEST_LINE = 200;

  private final String file;
  private final int line;
  private final int column;
  private final String reason;
  private final String sourceLine;

  /**
   * @param file the path from the application's folder
   * @param line from 1, or 0 if unknown
   * @param column from 1, or 0 if unknown
   * @param sourceLine the line itself, or empty
   * @param frames the running functions of the script, the innermost first
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

  /** Creates an error of a file as a whole. */
  public ScriptException(String file, String reason) {
    this(file, 0, 0, reason, "", List.of(), null);
  }

  public String file() {
    return file;
  }

  /** The line, from 1; 0 if unknown. */
  public int line() {
    return line;
  }

  /** The column, from 1; 0 if unknown. */
  public int column() {
    return column;
  }

  /** The error without its place. */
  public String reason() {
    return reason;
  }

  /** The line of the source, or empty. */
  public String sourceLine() {
    return sourceLine;
  }

  /** The place and the reason. */
  public String summary() {
    return place(file, line, column) + ": " + reason;
  }

  /**
   * Several lines for a terminal: place and reason, the source's line with a caret, and the running
   * functions of the script.
   */
  public String explanation() {
    var text = new StringBuilder(summary());
    if (!sourceLine.isEmpty()) {
      // the line of a bundle may be very long: show the part around the place
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

  /** Removes line breaks, because a client's text may be part of the reason. */
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cc}", " ");
  }

  private static String place(String file, int line, int column) {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
