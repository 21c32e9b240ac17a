package io.lhttp.scripts.modules;

import io.lhttp.scripts.ScriptException;
import java.util.List;

/**
 * A file of the application's folder, as it was read.
 *
 * @param name from the folder, with slashes: {@code filters/no-shouting.js}
 * @param imports what it imports, static or not
 */
public record SourceFile(String name, String text, List<Import> imports) {
  /**
   * One import.
   *
   * @param specifier as it is written, escapes resolved
   * @param at where it is written, an index into the text
   */
  public record Import(String specifier, int at) {
    /** Whether it names a file by its place: nothing else is read. */
    public boolean relative() {
      return specifier.startsWith("./") || specifier.startsWith("../");
    }
  }

  /** One that imports nothing. */
  public SourceFile(String name, String text) {
    this(name, text, List.of());
  }

  /** Line {@code number}, from 1; empty where there is none. */
  public String line(int number) {
    return text.lines().skip(number - 1L).findFirst().orElse("");
  }

  /** An error at an index of the text. */
  public ScriptException problem(int at, String reason) {
    var lineStart = 0;
    var line = 1;
    for (var i = 0; i < at; i++) {
      var c = text.charAt(i);
      if (c == '\n' || (c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'))) {
        line++;
        lineStart = i + 1;
      }
    }
    return new ScriptException(name, line, at - lineStart + 1, reason, line(line), List.of(), null);
  }
}
