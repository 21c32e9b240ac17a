package io.lhttp.scripts.modules;

import io.lhttp.scripts.ScriptException;
import java.util.List;

/**
 * A file of the application's folder, as it was read.
 *
 * @param name the path from the folder, with slashes: {@code filters/no-shouting.js}
 * @param imports its imports, static and dynamic ones
 */
public record SourceFile(String name, String text, List<Import> imports) {
  /**
   * One import.
   *
   * @param specifier the text with escapes resolved
   * @param at its index in the text of the file
   */
  public record Import(String specifier, int at) {
    /** Whether the specifier is a relative path; no other one is read. */
    public boolean relative() {
      return specifier.startsWith("./") || specifier.startsWith("../");
    }
  }

  /** Creates a file without imports. */
  public SourceFile(String name, String text) {
    this(name, text, List.of());
  }

  /** Returns the line {@code number}, from 1; empty if there is none. */
  public String line(int number) {
    return text.lines().skip(number - 1L).findFirst().orElse("");
  }

  /** Creates an error at an index of the text. */
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
