package io.lhttp.scripts.modules;

import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.text.ScriptResources;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the types of TypeScript files by blanks, so that lines and columns stay. Babel's parser
 * finds them, in a JavaScript context of its own that the first such file creates. Results are kept
 * by the files' contents. All threads may use it.
 */
final class TypeEraser {
  private static final String PARSER =
      "/META-INF/resources/webjars/babel__parser/7.28.5/lib/index.js";

  private static final String ERASER = "erase-types.js";

  /** The most characters that all kept results have together. */
  private static final int MOST_KEPT = 8 << 20;

  /** The results by the files' texts, the ones used last at the end. Guarded by the class. */
  private static final Map<String, String> KEPT = new LinkedHashMap<>(16, 0.75f, true);

  private static long kept;

  private static @Nullable Value eraser;

  private TypeEraser() {}

  /**
   * Returns a TypeScript file as code that runs.
   *
   * @throws ScriptException if the text is no TypeScript, or has syntax that is more than types
   */
  static synchronized SourceFile erase(String name, String written) {
    var text = KEPT.get(written);
    if (text == null) {
      text = erased(name, written);
      keep(written, text);
    }
    return new SourceFile(name, text, written, List.of());
  }

  private static String erased(String name, String written) {
    Value result;
    try {
      result = eraser().execute(written);
    } catch (PolyglotException e) {
      throw new ScriptException(name, "its types can't be erased: " + e.getMessage());
    }
    if (result.hasMember("text")) {
      return result.getMember("text").asString();
    }
    var reason = result.getMember("reason").asString();
    if (!result.hasMember("at")) {
      throw new ScriptException(name, reason);
    }
    throw new SourceFile(name, written)
        .problem(result.getMember("at").asInt(), "SyntaxError: " + reason);
  }

  private static void keep(String written, String text) {
    KEPT.put(written, text);
    kept += 2L * written.length();
    var oldest = KEPT.keySet().iterator();
    while (kept > MOST_KEPT) {
      kept -= 2L * oldest.next().length();
      oldest.remove();
    }
  }

  private static Value eraser() {
    if (eraser == null) {
      var context =
          Context.newBuilder("js")
              .sandbox(SandboxPolicy.CONSTRAINED)
              .option("engine.WarnInterpreterOnly", "false")
              .out(OutputStream.nullOutputStream())
              .err(OutputStream.nullOutputStream())
              .build();
      var parser =
          context
              .eval(
                  source(
                      "(exports => {" + ScriptResources.text(PARSER) + "\nreturn exports.parse; })",
                      "babel.js"))
              .execute(context.eval("js", "({})"));
      eraser = context.eval(source(ScriptResources.text(ERASER), ERASER)).execute(parser);
    }
    return eraser;
  }

  private static Source source(String text, String name) {
    return Source.newBuilder("js", text, name).internal(true).buildLiteral();
  }
}
