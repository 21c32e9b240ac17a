package io.lhttp.scripts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong with a script, for the person who wrote it. */
public final class ScriptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Characters of the source's line that are shown. */
  private static final int LONGEST_LINE = 200;

  private final String file;
  private final int line;
  private final int column;
  private final String reason;
  private final String sourceLine;

  /**
   * @param file as the user would write it, from the application's folder
   * @param line from 1, or 0 where none is known
   * @param column from 1, or 0 where none is known
   * @param sourceLine the line itself, or empty
   * @param frames the user's functions that were being called, the innermost first
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

  /** Of a file as a whole. */
  public ScriptException(String file, String reason) {
    this(file, 0, 0, reason, "", List.of(), null);
  }

  public String file() {
    return file;
  }

  /** From 1; 0 where none is known. */
  public int line() {
    return line;
  }

  /** From 1; 0 where none is known. */
  public int column() {
    return column;
  }

  /** What is wrong, without the place. */
  public String reason() {
    return reason;
  }

  /** The line of the source, or empty. */
  public String sourceLine() {
    return sourceLine;
  }

  /** Place and reason. */
  public String summary() {
    return place(file, line, column) + ": " + reason;
  }

  /**
   * Several lines for a terminal: place and reason, the source's line with a caret, and the user's
   * functions that were being called.
   */
  public String explanation() {
    var text = new StringBuilder(summary());
    if (!sourceLine.isEmpty()) {
      // A bundle may have one line: what stands around the place is enough of it.
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

  /** A client's words may be part of it. */
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cc}", " ");
  }

  private static String place(String file, int line, int column) {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
