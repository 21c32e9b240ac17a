package io.lhttp.scripts.modules;

import com.oracle.js.parser.ir.CallNode;
import com.oracle.js.parser.ir.Expression;
import com.oracle.js.parser.ir.LiteralNode;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.modules.SourceFile.Import;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the imports of a file. The engine accepts {@code data:} URLs as modules, and a script could
 * create their text while it runs, as with {@code eval}. No option of the engine turns this off.
 * Hence each import must be a literal that names a file. A file that lacks the word {@code import}
 * is not parsed.
 */
final class Imports {
  private static final String REFUSED =
      "only files are imported, and by a name that is written out, such as './words.js'";

  private Imports() {}

  /**
   * Returns a file with its imports.
   *
   * @throws ScriptException if an import names no file, or the text can't be parsed
   */
  static SourceFile read(SourceFile file) {
    var name = file.name();
    var text = file.text();
    if (!text.contains("import") && !text.contains("from") && !text.contains("\\u")) {
      return file;
    }
    try {
      return file.withImports(of(file));
    } catch (ScriptException e) {
      if (name.endsWith(".json") && !e.reason().equals(REFUSED)) {
        return file; // the file is no module, so the engine does not run it either
      }
      throw e;
    }
  }

  private static List<Import> of(SourceFile file) {
    var root = ModuleSyntax.parse(file);
    var found = new ArrayList<Import>();
    var module = root.getModule();
    for (var node : module.getImports()) {
      found.add(written(file, node.getStart(), node.getModuleSpecifier()));
    }
    for (var node : module.getExports()) {
      if (node.getModuleSpecifier() != null) {
        found.add(written(file, node.getStart(), node.getModuleSpecifier()));
      }
    }
    ModuleSyntax.visit(
        file,
        root,
        new ModuleSyntax.Visitor() {
          @Override
          public boolean enterCallNode(CallNode call) {
            if (call.isImport()) {
              found.add(written(file, call.getStart(), call.getArgs().getFirst()));
            }
            return true;
          }
        });
    return List.copyOf(found);
  }

  private static Import written(SourceFile file, int at, Expression specifier) {
    if (specifier instanceof LiteralNode<?> literal && literal.isString()) {
      var text = literal.getString();
      if (!text.strip().regionMatches(true, 0, "data:", 0, 5)) {
        return new Import(text, quote(file.text(), literal.getStart()));
      }
    }
    throw file.problem(at, REFUSED);
  }

  /** Returns the index of a string's opening quotation mark. The parser's token begins after it. */
  private static int quote(String text, int start) {
    return start > 0 && "\"'`".indexOf(text.charAt(start - 1)) >= 0 ? start - 1 : start;
  }
}
