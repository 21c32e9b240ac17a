package io.lhttp.scripts.modules;

import io.lhttp.scripts.ScriptException;
import java.util.List;

/**
 * A file of the application's folder, with the content that was read.
 *
 * @param name the path from the folder, with slashes: {@code filters/no-shouting.js}
 * @param text the code that runs
 * @param written the file's own text, in which TypeScript's types stand where {@code text} has
 *     blanks
 * @param imports the file's imports, static and dynamic ones
 */
public record SourceFile(String name, String text, String written, List<Import> imports) {
  /**
   * One import of a file.
   *
   * @param specifier the imported name, with escapes resolved
   * @param at the import's index in the file's text
   */
  public record Import(String specifier, int at) {
    /** Whether the specifier is a relative path. Only such files are read. */
    public boolean relative() {
      return specifier.startsWith("./") || specifier.startsWith("../");
    }
  }

  /** Creates a JavaScript file with no imports. */
  public SourceFile(String name, String text) {
    this(name, text, text, List.of());
  }

  SourceFile withImports(List<Import> imports) {
    return new SourceFile(name, text, written, imports);
  }

  /**
   * Returns a line as it was written; empty if there is none.
   *
   * @param number counts from 1
   */
  public String line(int number) {
    return written.lines().skip(number - 1L).findFirst().orElse("");
  }

  /** Creates an error at an index of the text. */
  public ScriptException problem(int at, String reason) {
    var lineStart = 0;
    var line = 1;
    for (var i = 0; i < at; i++) {
      var c = written.charAt(i);
      if (c == '\n'
          || (c == '\r' && (i + 1 == written.length() || written.charAt(i + 1) != '\n'))) {
        line++;
        lineStart = i + 1;
      }
    }
    return new ScriptException(name, line, at - lineStart + 1, reason, line(line), List.of(), null);
  }
}
