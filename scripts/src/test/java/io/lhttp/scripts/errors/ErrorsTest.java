package io.lhttp.scripts.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.Script;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An error of a script is reported with its file, line, column and cause. */
class ErrorsTest {
  /** A host with a long time limit, for tests that do not concern time. */
  private static ScriptHost patient;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    patient = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).build();
  }

  @AfterAll
  static void stop() {
    patient.close();
  }

  private ScriptException load(String text) {
    try (var host = ScriptHost.builder().eventLoops(1).build()) {
      var script = new Folder(path).write("filters/f.js", text).read(host, "filters/f.js");
      return catchThrowableOfType(ScriptException.class, () -> script.filter("f", Map.of()));
    }
  }

  @Test
  void syntaxError_showsLineWithCaret() {
    assertThat(load("export function before(ctx) {\n  const = 1;\n}\n").explanation())
        .isEqualTo(
            "filters/f.js:2:9: SyntaxError: expected BindingIdentifier or BindingPattern\n"
                + "    const = 1;\n"
                + "          ^");
  }

  @Test
  void syntaxErrorAtEnd_pointsBehindLastLine() {
    for (var end : new String[] {"", "\n", "\n\n  \n"}) {
      assertThat(load("export function before(ctx) {\n  ctx.send('a');" + end).explanation())
          .isEqualTo(
              "filters/f.js:2:17: SyntaxError: Expected } but found eof\n"
                  + "    ctx.send('a');\n"
                  + "                  ^");
    }
  }

  @Test
  void longReason_isCut() {
    assertThat(load("import 'lhttp:" + "a".repeat(100_000) + "';").explanation())
        .hasSizeLessThan(2_000);
    assertThat(load("throw new Error('a'.repeat(100000));").reason())
        .startsWith("Error: aaa")
        .endsWith("…")
        .hasSizeLessThan(1_100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "(", "-", "`${", "{a:", "!"})
  void deepNesting_isReportedAsSuch(String opening) {
    assertThat(load("const a = " + (opening + " ").repeat(100_000)).reason())
        .isEqualTo("it is nested too deeply, or calls itself without end");
  }

  @Test
  void errorAtLoad_showsStackOfUserFunctions() {
    assertThat(load("function fail() {\n  nope();\n}\nfail();\n").explanation())
        .isEqualTo(
            """
            filters/f.js:2:3: ReferenceError: nope is not defined
                nope();
                ^
                at fail (filters/f.js:2)
                at module (filters/f.js:4)\
            """);
  }

  /** The example of docs/scripting.md. */
  @Test
  void missingAttribute_pointsToStartOfExpression() {
    var text =
        """
        /** @param {lhttp.Context} ctx */
        export function before(ctx) {
          const attributes = ctx.connection.attribute;
          const count = (attributes.get("count") ?? 0) + 1;
        }
        """;
    assertThat(failure("filters/f.js", text).explanation())
        .isEqualTo(
            """
            filters/f.js:4:18: TypeError: Cannot read property 'get' of undefined
                const count = (attributes.get("count") ?? 0) + 1;
                               ^
                at before (filters/f.js:4)\
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "throw 'no luck' | no luck",
        "throw {} | {}",
        "throw { a: 1 } | {a: 1}",
        "throw undefined | undefined",
        "throw null | null",
        "throw 7 | 7",
        "throw Symbol('s') | Symbol(s)",
        "throw { toString() { throw 1; }, toJSON() { throw 2; } } | toString",
        "await Promise.reject('later') | later",
        "await Promise.reject() | undefined",
        "return Promise.reject({}) | {}",
      })
  void rejectedPromise_isReportedWithPosition(String statement, String expected) {
    var text = "\nexport async function before(ctx) {\n  %s;\n}\n".formatted(statement);
    var failure = failure("filters/f.js", text);
    assertThat(failure.reason()).startsWith("a promise was rejected with").contains(expected);
    assertThat(failure.summary()).startsWith("filters/f.js:2:8: ");
    assertThat(failure.sourceLine()).isEqualTo("export async function before(ctx) {");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "throw 'no luck' | no luck",
        "throw {} | {}",
        "throw [1] | 1",
        "throw { a: 1 } | {a: 1}",
        "throw undefined | undefined",
      })
  void thrownValue_isReportedWithPosition(String statement, String expected) {
    var text = "export function before(ctx) {\n  %s;\n}\n".formatted(statement);
    assertThat(failure("filters/f.js", text).summary())
        .startsWith("filters/f.js:2:3: ")
        .contains(expected);
  }

  /** Runs a script as a filter. Returns the error with which it fails. */
  private ScriptException failure(String name, String text) {
    var script = new Folder(path).write(name, text).read(patient, name);
    var watcher = new Watcher(script.filter("f", Map.of()));
    try (var chain = TestChain.builder().filter("watcher", watcher).build()) {
      chain.send(chain.connect("jack"), Message.of("chat", ""));
    }
    return Objects.requireNonNull(watcher.seen);
  }

  /** Records the exception that a filter throws. */
  private static final class Watcher implements Filter {
    private final Filter watched;
    private @Nullable ScriptException seen;

    Watcher(Filter watched) {
      this.watched = watched;
    }

    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      try {
        return watched.filter(exchange, chain);
      } catch (ScriptException e) {
        seen = e;
        return Outcome.done();
      }
    }
  }

  @Test
  void importOfMissingFile_isReportedWithPosition() {
    var e = load("// first\nimport { a } from './nope.js';\nexport function before() {}\n");
    assertThat(e.summary()).isEqualTo("filters/f.js:2:19: there is no file './nope.js' to import");
  }

  @Test
  void scriptWithoutHandler_listsItsExports() {
    assertThat(load("export function befor() {}").summary())
        .isEqualTo(
            "filters/f.js: a filter exports before or after or onOpen or onJoin or onLeave or onClose"
                + " as a function; this script exports befor");
  }

  @Test
  void errorInHandler_reachesClientOnlyWithErrorDetail() {
    var text = "export function onMessage(ctx) {\n  ctx.body.nope();\n}\n";
    for (var detail : new boolean[] {true, false}) {
      try (var host = ScriptHost.builder().eventLoops(1).errorDetail(detail).build()) {
        var script = new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
        var chain = TestChain.builder().processor("p", script.processor("p", Map.of())).build();
        var outcome = chain.send(chain.connect("jack"), Message.of("p", "x")).outcome();
        assertThat(outcome)
            .isEqualTo(
                Outcome.refused(
                    500,
                    detail
                        ? "processors/p.js:2:3: TypeError: ctx.body.nope is not a function"
                        : "the server failed"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null.a            | p.js: TypeError: Cannot read property 'a' of null",
        "throw 'words'     | p.js: words",
        "JSON.parse('{')   | p.js: SyntaxError: ",
        "refuse()          | 400 the body is not JSON",
      })
  void errorOfSlowCall_isReported(String statement, String expected) {
    try (var host = ScriptHost.builder().eventLoops(1).build()) {
      var script = new Script(host, Map.of("p.js", new SourceFile("p.js", "")));
      try (var context = ScriptContext.context(host, script)) {
        ProxyExecutable refuse =
            arguments -> {
              throw new RefusedException(400, "the body is not JSON");
            };
        context.getBindings("js").putMember("refuse", refuse);
        var thrown =
            catchThrowableOfType(
                PolyglotException.class, () -> context.eval("js", statement.strip()));
        var late = new Explainer("p.js", script.sources()).late("50 ms", thrown);
        if (late instanceof RefusedException) {
          assertThat(late).hasMessage(expected);
        } else {
          assertThat(late)
              .isInstanceOf(ScriptException.class)
              .hasMessageStartingWith(expected)
              .hasMessageEndingWith(", and it took more than 50 ms of CPU time");
        }
      }
    }
  }
}
