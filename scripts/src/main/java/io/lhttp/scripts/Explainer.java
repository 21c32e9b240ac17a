package io.lhttp.scripts;

import io.lhttp.RefusedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SourceSection;
import org.jspecify.annotations.Nullable;

/** Says what went wrong in words of the script: its files, its lines, its functions. */
final class Explainer {
  /** How the engine begins the message of a syntax error. */
  private static final Pattern POSITION = Pattern.compile("^SyntaxError: \\S+:\\d+:\\d+ ");

  /** How the message of an error begins that {@code fetch} rejects with. */
  private static final String FETCH_FAILED = "TypeError: fetch: ";

  private final String script;
  private final Map<String, SourceFile> files;

  Explainer(String script, Map<String, SourceFile> files) {
    this.script = script;
    this.files = files;
  }

  /** A refusal stays one: a host function has thrown it through the script. */
  RuntimeException explain(Throwable thrown) {
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
    return at == null ? placeless(e, frames) : placed(e, at, frames);
  }

  /** What was stopped, and where. */
  ScriptException stopped(String limit, @Nullable Throwable thrown) {
    return because("it took more than " + limit + " of processor time and was stopped", thrown);
  }

  /** What a call threw that took too long as well: a refusal stays one. */
  RuntimeException late(String limit, Throwable thrown) {
    var explained = explain(thrown);
    return explained instanceof ScriptException e
        ? because(e.reason() + ", and it took more than " + limit + " of processor time", thrown)
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
      PolyglotException e, SourceSection at, List<StackTraceElement> frames) {
    var file = file(at);
    var name = file == null ? script : file.name();
    var line = file == null ? "" : file.line(at.getStartLine());
    if (file != null && e.isSyntaxError() && line.isBlank()) {
      return atTheEnd(file, at.getStartLine(), reason(e), frames);
    }
    return new ScriptException(
        name, at.getStartLine(), at.getStartColumn(), reason(e), line, frames, outside(e));
  }

  /** What is missing is missing behind the last line that says something. */
  private static ScriptException atTheEnd(
      SourceFile file, int from, String reason, List<StackTraceElement> frames) {
    var number = from;
    while (number > 1 && file.line(number).isBlank()) {
      number--;
    }
    var line = file.line(number).stripTrailing();
    return new ScriptException(file.name(), number, line.length() + 1, reason, line, frames, null);
  }

  /** The engine gives no place to an import that leads nowhere: it is where its name stands. */
  private ScriptException placeless(PolyglotException e, List<StackTraceElement> frames) {
    var reason = reason(e);
    for (var file : files.values()) {
      for (var imported : file.imports()) {
        var missing = imported.substring(imported.lastIndexOf('/') + 1);
        var at = file.text().indexOf(imported);
        if (reason.contains(missing) && at > 0 && !files.containsKey(resolved(file, imported))) {
          var before = file.text().substring(0, at);
          var line = (int) before.chars().filter(c -> c == '\n').count() + 1;
          return new ScriptException(
              file.name(),
              line,
              at - before.lastIndexOf('\n') - 1,
              "there is no file '" + imported + "' to import",
              file.line(line),
              frames,
              null);
        }
      }
    }
    return new ScriptException(script, 0, 0, reason, "", frames, outside(e));
  }

  /** A fetch that failed is no mistake of the script: its cause says so. */
  private static @Nullable IOException outside(PolyglotException e) {
    var reason = reason(e);
    return reason.startsWith(FETCH_FAILED) ? new ConnectException(reason) : null;
  }

  private static String resolved(SourceFile file, String imported) {
    return ModuleFiles.name(ModuleFiles.path(file.name()).resolveSibling(imported));
  }

  private static String reason(PolyglotException e) {
    if (e.isHostException()) {
      var host = e.asHostException();
      return host.getMessage() == null ? host.toString() : host.getMessage();
    }
    var message = e.getMessage() == null ? "it failed" : e.getMessage();
    var end = message.indexOf('\n');
    var first = end < 0 ? message : message.substring(0, end);
    return POSITION.matcher(first).replaceFirst("SyntaxError: ").strip();
  }

  private @Nullable SourceFile file(@Nullable SourceSection section) {
    return section == null ? null : files.get(section.getSource().getName());
  }
}
