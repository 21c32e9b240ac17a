package io.lhttp.scripts.modules;

import com.oracle.js.parser.ErrorManager;
import com.oracle.js.parser.Parser;
import com.oracle.js.parser.ParserException;
import com.oracle.js.parser.ScriptEnvironment;
import com.oracle.js.parser.Source;
import com.oracle.js.parser.ir.FunctionNode;
import com.oracle.js.parser.ir.LexicalContext;
import com.oracle.js.parser.ir.Node;
import com.oracle.js.parser.ir.TemplateLiteralNode;
import com.oracle.js.parser.ir.TemplateLiteralNode.UntaggedTemplateLiteralNode;
import com.oracle.js.parser.ir.visitor.NodeVisitor;
import io.lhttp.scripts.ScriptException;

/**
 * Parses a module with the engine's own parser and settings, so that the result is exactly the code
 * that will run.
 */
final class ModuleSyntax {
  private static final int ECMASCRIPT_2025 = 16;

  private static final ScriptEnvironment ENVIRONMENT =
      ScriptEnvironment.builder()
          .ecmaScriptVersion(ECMASCRIPT_2025)
          .strict(true)
          .syntaxExtensions(false)
          .allowBigInt(true)
          .importAttributes(true)
          .privateFieldsIn(true)
          .topLevelAwait(true)
          .functionStatementBehavior(ScriptEnvironment.FunctionStatementBehavior.ERROR)
          .build();

  private ModuleSyntax() {}

  /**
   * Parses a file.
   *
   * @throws ScriptException if the file is no module
   */
  static FunctionNode parse(SourceFile file) {
    var errors = new ErrorManager.StringBuilderErrorManager();
    errors.setLimit(0);
    FunctionNode module;
    try {
      module =
          new Parser(ENVIRONMENT, Source.sourceFor(file.name(), file.text()), errors)
              .parseModule(":module");
    } catch (StackOverflowError _) {
      throw new ScriptException(file.name(), "it is nested too deeply");
    }
    if (errors.hasErrors() || module == null) {
      throw explained(file, errors.getParserException());
    }
    return module;
  }

  /** Lets a visitor visit all nodes of a module. */
  static void visit(SourceFile file, Node node, Visitor visitor) {
    try {
      node.accept(visitor);
    } catch (StackOverflowError _) {
      throw new ScriptException(file.name(), "it is nested too deeply");
    }
  }

  private static ScriptException explained(SourceFile file, ParserException e) {
    if (e == null) {
      return new ScriptException(file.name(), "SyntaxError");
    }
    var reason = e.getErrorType() + ": " + e.getRawMessage();
    var at = Math.min(Math.max(0, e.getPosition()), file.text().length());
    // The error of a missing token at the end has its place after the last token.
    while (e.isIncompleteSource()
        && at > 0
        && (at == file.text().length() || Character.isWhitespace(file.text().charAt(at)))
        && Character.isWhitespace(file.text().charAt(at - 1))) {
      at--;
    }
    return file.problem(at, reason);
  }

  /**
   * Visits every node of a module, also nodes inside templates, which the parser's own visitor
   * skips.
   */
  abstract static class Visitor extends NodeVisitor<LexicalContext> {
    Visitor() {
      super(new LexicalContext());
    }

    @Override
    public boolean enterTemplateLiteralNode(TemplateLiteralNode node) {
      if (node instanceof UntaggedTemplateLiteralNode template) {
        template.getExpressions().forEach(expression -> expression.accept(this));
      }
      return true;
    }
  }
}
