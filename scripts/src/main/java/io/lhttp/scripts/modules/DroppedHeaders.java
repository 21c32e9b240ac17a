package io.lhttp.scripts.modules;

import com.oracle.js.parser.TokenType;
import com.oracle.js.parser.ir.AccessNode;
import com.oracle.js.parser.ir.BinaryNode;
import com.oracle.js.parser.ir.CallNode;
import com.oracle.js.parser.ir.Expression;
import com.oracle.js.parser.ir.IdentNode;
import com.oracle.js.parser.ir.LiteralNode;
import com.oracle.js.parser.ir.Node;
import com.oracle.js.parser.ir.ObjectNode;
import com.oracle.js.parser.ir.PropertyNode;
import com.oracle.js.parser.ir.UnaryNode;
import com.oracle.js.parser.ir.VarNode;
import io.lhttp.scripts.ScriptException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds calls of {@code rewrite({ headers })} in a script that drop the headers {@code publish} and
 * {@code subscribe} by mistake. A call counts as intended if the file mentions one of these
 * headers, or if its headers come from {@code ctx.headers} or from an unknown source.
 */
public final class DroppedHeaders {
  private static final Set<String> CHANNELS = Set.of("publish", "subscribe", "unsubscribe");
  private static final String ADVICE =
      "rewrite({ headers }) replaces all headers, so that publish and subscribe are dropped:"
          + " setHeader changes one";

  private DroppedHeaders() {}

  /** Returns the suspicious calls, each as an error; empty if the file can't be parsed. */
  public static List<ScriptException> in(SourceFile file) {
    if (!file.text().contains("rewrite")) {
      return List.of();
    }
    try {
      var survey = new Survey();
      ModuleSyntax.visit(file, ModuleSyntax.parse(file), survey);
      return survey.namesChannels
          ? List.of()
          : survey.calls.stream()
              .filter(call -> drops(file, call.headers, survey.values))
              .map(call -> file.problem(call.at, ADVICE))
              .toList();
    } catch (ScriptException _) {
      return List.of(); // the error is reported when the script is loaded
    }
  }

  private static boolean drops(
      SourceFile file, Expression headers, Map<String, List<Expression>> values) {
    var origin = new Origin(values);
    origin.from(headers);
    ModuleSyntax.visit(file, headers, origin);
    return !origin.keeps;
  }

  /**
   * One call of {@code rewrite}.
   *
   * @param at the index of the call in the file's text
   * @param headers the expression for the new headers
   */
  private record Rewrite(int at, Expression headers) {}

  /** Collects the calls in a whole file, and the values of its variables. */
  private static final class Survey extends ModuleSyntax.Visitor {
    private final List<Rewrite> calls = new ArrayList<>();
    private final Map<String, List<Expression>> values = new HashMap<>();
    private boolean namesChannels;

    @Override
    public boolean enterCallNode(CallNode call) {
      if (call.getFunction() instanceof AccessNode method
          && method.getProperty().equals("rewrite")
          && !call.getArgs().isEmpty()
          && call.getArgs().getFirst() instanceof ObjectNode change) {
        for (var element : change.getElements()) {
          if ("headers".equals(element.getKeyName()) && element.getValue() != null) {
            calls.add(new Rewrite(call.getStart(), element.getValue()));
          }
        }
      }
      return true;
    }

    @Override
    public boolean enterVarNode(VarNode node) {
      if (node.getInit() != null) {
        value(node.getName().getName(), node.getInit());
      }
      return true;
    }

    @Override
    public boolean enterBinaryNode(BinaryNode node) {
      if (node.isAssignment()) {
        if (node.getLhs() instanceof IdentNode name) {
          value(name.getName(), node.getRhs());
        } else if (node.getLhs() instanceof AccessNode property) {
          name(property.getProperty());
        }
      }
      return true;
    }

    @Override
    public boolean enterPropertyNode(PropertyNode node) {
      var key = node.getKeyName();
      if (key != null) {
        name(key);
      }
      return true;
    }

    @Override
    public boolean enterLiteralNode(LiteralNode<?> node) {
      if (node.isString()) {
        name(node.getString());
      }
      return true;
    }

    private void value(String name, Expression value) {
      values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    private void name(String name) {
      namesChannels |= CHANNELS.contains(name.toLowerCase(Locale.ROOT));
    }
  }

  /**
   * Finds out where the headers of one call come from. It follows an expression, and all values
   * that the variables in it ever get.
   */
  private static final class Origin extends ModuleSyntax.Visitor {
    private final Map<String, List<Expression>> values;
    private final Set<String> followed = new HashSet<>();
    private boolean keeps;

    Origin(Map<String, List<Expression>> values) {
      this.values = values;
    }

    /**
     * Notes that the headers may come from the original message if the expression is a variable
     * whose value is not known.
     */
    void from(Node node) {
      keeps |= node instanceof IdentNode name && !values.containsKey(name.getName());
    }

    @Override
    public boolean enterAccessNode(AccessNode node) {
      keeps |= node.getProperty().equals("headers");
      return !(node.getBase() instanceof IdentNode);
    }

    @Override
    public boolean enterCallNode(CallNode node) {
      from(node.getFunction());
      return true;
    }

    @Override
    public boolean enterUnaryNode(UnaryNode node) {
      if (node.isTokenType(TokenType.SPREAD_OBJECT) || node.isTokenType(TokenType.SPREAD_ARRAY)) {
        from(node.getExpression());
      }
      return true;
    }

    @Override
    public boolean enterIdentNode(IdentNode node) {
      if (followed.add(node.getName())) {
        values.getOrDefault(node.getName(), List.of()).forEach(value -> value.accept(this));
      }
      return true;
    }
  }
}
