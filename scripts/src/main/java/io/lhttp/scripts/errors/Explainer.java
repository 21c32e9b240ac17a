package io.lhttp.scripts.errors;

import io.lhttp.RefusedException;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.modules.ModuleFiles;
import io.lhttp.scripts.modules.SourceFile;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SourceSection;
import org.jspecify.annotations.Nullable;

/** Explains errors to a script's author, with files, lines and functions of the script. */
public final class Explainer {
  /** The beginning of the engine's message for a syntax error. */
  private static final Pattern POSITION = Pattern.compile("^SyntaxError: \\S+:\\d+:\\d+ ");

  /** The engine's message if its parser, or a call, exceeds the thread's stack. */
  private static final String OVERFLOW = "Resource exhausted: Stack overflow";

  /** The beginning of the text of the error with which {@code fetch} rejects its promise. */
  private static final String FETCH_FAILED = "TypeError: fetch: ";

  /** A part of the engine's message for an import that the other module does not have. */
  private static final String NO_SUCH_EXPORT = "does not provide an export";

  private final String script;
  private final Map<String, SourceFile> files;

  public Explainer(String script, Map<String, SourceFile> files) {
    this.script = script;
    this.files = files;
  }

  /**
   * Explains an error. If a host function has thrown a refusal, the refusal stays. Any thread may
   * call it.
   */
  public RuntimeException explain(Throwable thrown) {
    return explain(thrown, e -> e.getMessage() == null ? "it failed" : e.getMessage());
  }

  /** Explains an error, on the script's thread. Only there the thrown value can be read. */
  public RuntimeException explainHere(Throwable thrown) {
    return explain(thrown, ThrownText::text);
  }

  private RuntimeException explain(Throwable thrown, Function<PolyglotException, String> text) {
    if (!(thrown instanceof PolyglotException e)) {
      return thrown instanceof RuntimeException r
          ? r
          : new ScriptException(script, thrown.toString());
    }
    if (e.isHostException() && e.asHostException() instanceof RefusedException refused) {
      return refused;
    }
    var frames = new ArrayList<StackTraceElement>();
    SourceSection first = null;
    for (var frame : e.getPolyglotStackTrace()) {
      var section = frame.isGuestFrame() ? frame.getSourceLocation() : null;
      var file = file(section);
      if (section != null && file != null) {
        first = first == null ? section : first;
        var function = frame.getRootName().startsWith(":") ? "module" : frame.getRootName();
        frames.add(new StackTraceElement(script, function, file.name(), section.getStartLine()));
      }
    }
    var location = e.getSourceLocation();
    var at = file(location) != null ? location : first;
    return at == null ? placeless(reason(e, text), frames) : placed(e, at, reason(e, text), frames);
  }

  /**
   * Explains a promise that was rejected with a value that is no error. Such a value has no place
   * in the source, so the error names the place of the handler.
   */
  public ScriptException rejected(RejectedPromise thrown, @Nullable SourceSection handler) {
    var file = file(handler);
    return handler == null || file == null
        ? new ScriptException(script, thrown.text())
        : new ScriptException(
            file.name(),
            handler.getStartLine(),
            handler.getStartColumn(),
            thrown.text(),
            file.line(handler.getStartLine()),
            List.of(),
            null);
  }

  /** Explains that a call was stopped after its limit, and where in the script it was. */
  public ScriptException stopped(String limit, @Nullable Throwable thrown) {
    return because("it took more than " + limit + " of CPU time and was stopped", thrown);
  }

  /** Explains the error of a call that also took too long. A refusal stays a refusal. */
  public RuntimeException late(String limit, Throwable thrown) {
    var explained = explain(thrown);
    return explained instanceof ScriptException e
        ? because(e.reason() + ", and it took more than " + limit + " of CPU time", thrown)
        : explained;
  }

  private ScriptException because(String reason, @Nullable Throwable thrown) {
    return thrown != null && explain(thrown) instanceof ScriptException e
        ? new ScriptException(
            e.file(),
            e.line(),
            e.column(),
            reason,
            e.sourceLine(),
            List.of(e.getStackTrace()),
            null)
        : new ScriptException(script, reason);
  }

  private ScriptException placed(
      PolyglotException e, SourceSection at, String reason, List<StackTraceElement> frames) {
    var file = file(at);
    var name = file == null ? script : file.name();
    var line = file == null ? "" : file.line(at.getStartLine());
    if (file != null && e.isSyntaxError() && line.isBlank()) {
      return atTheEnd(file, at.getStartLine(), reason, frames);
    }
    var hint =
        name.endsWith(".ts") && reason.contains(NO_SUCH_EXPORT)
            ? "; a type needs 'import type' or '{ type … }'"
            : "";
    return new ScriptException(
        name, at.getStartLine(), at.getStartColumn(), reason + hint, line, frames, outside(reason));
  }

  /**
   * Returns the error for a missing token at the end of a file. Its place is after the last line
   * with text.
   */
  private static ScriptException atTheEnd(
      SourceFile file, int from, String reason, List<StackTraceElement> frames) {
    var number = from;
    while (number > 1 && file.line(number).isBlank()) {
      number--;
    }
    var line = file.line(number).stripTrailing();
    return new ScriptException(file.name(), number, line.length() + 1, reason, line, frames, null);
  }

  /**
   * Returns an error for which the engine gives no place. For an import of a missing file, the
   * import's place is found by its text.
   */
  private ScriptException placeless(String reason, List<StackTraceElement> frames) {
    for (var file : files.values()) {
      for (var imported : file.imports()) {
        var name = imported.specifier();
        var missing = name.substring(name.lastIndexOf('/') + 1);
        if (imported.relative()
            && reason.contains(missing)
            && !files.containsKey(resolved(file, name))) {
          return file.problem(imported.at(), "there is no file '" + name + "' to import");
        }
      }
    }
    return new ScriptException(script, 0, 0, reason, "", frames, outside(reason));
  }

  /**
   * Returns the cause of a failed {@code fetch}, so that the failure does not count as the script's
   * mistake; null for other errors.
   */
  private static @Nullable IOException outside(String reason) {
    return reason.startsWith(FETCH_FAILED) ? new ConnectException(reason) : null;
  }

  private static String resolved(SourceFile file, String imported) {
    return ModuleFiles.name(ModuleFiles.path(file.name()).resolveSibling(imported));
  }

  private static String reason(PolyglotException e, Function<PolyglotException, String> text) {
    if (e.isHostException()) {
      var host = e.asHostException();
      return ThrownText.cut(host.getMessage() == null ? host.toString() : host.getMessage());
    }
    var message = text.apply(e);
    var end = message.indexOf('\n');
    var first = ThrownText.cut(end < 0 ? message : message.substring(0, end));
    return first.equals(OVERFLOW)
        ? "it is nested too deeply, or calls itself without end"
        : POSITION.matcher(first).replaceFirst("SyntaxError: ").strip();
  }

  private @Nullable SourceFile file(@Nullable SourceSection section) {
    return section == null ? null : files.get(section.getSource().getName());
  }
}
