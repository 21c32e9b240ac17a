package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever wrote a script reads what is wrong and where. */
class ErrorsTest {
  @TempDir Path path;

  private ScriptException load(String text) {
    try (var host = new ScriptHost.Builder().eventLoops(1).build()) {
      var script = new Folder(path).write("filters/f.js", text).read(host, "filters/f.js");
      return catchThrowableOfType(ScriptException.class, () -> script.filter("f", Map.of()));
    }
  }

  @Test
  void aSyntaxErrorShowsTheLineWithACaret() {
    assertThat(load("export function before(ctx) {\n  const = 1;\n}\n").explanation())
        .isEqualTo(
            "filters/f.js:2:9: SyntaxError: expected BindingIdentifier or BindingPattern\n"
                + "    const = 1;\n"
                + "          ^");
  }

  @Test
  void whatIsMissingAtTheEndIsShownBehindTheLastLine() {
    for (var end : new String[] {"", "\n", "\n\n  \n"}) {
      assertThat(load("export function before(ctx) {\n  ctx.send('a');" + end).explanation())
          .isEqualTo(
              "filters/f.js:2:17: SyntaxError: Expected } but found eof\n"
                  + "    ctx.send('a');\n"
                  + "                  ^");
    }
  }

  @Test
  void aThrowAtLoadShowsTheUsersFunctions() {
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

  @Test
  void anImportThatLeadsNowhereIsShownWhereItStands() {
    var e = load("// first\nimport { a } from './nope.js';\nexport function before() {}\n");
    assertThat(e.summary()).isEqualTo("filters/f.js:2:19: there is no file './nope.js' to import");
  }

  @Test
  void whatExportsNoHandlerSaysWhatItExports() {
    assertThat(load("export function befor() {}").summary())
        .isEqualTo(
            "filters/f.js: a filter exports before or after or onOpen or onClose as a function;"
                + " this script exports befor");
  }

  @Test
  void aThrowInAHandlerReachesTheClientOnlyInDevelopment() {
    var text = "export function onMessage(ctx) {\n  ctx.body.nope();\n}\n";
    for (var detail : new boolean[] {true, false}) {
      try (var host = new ScriptHost.Builder().eventLoops(1).errorDetail(detail).build()) {
        var script = new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
        var chain = new TestChain.Builder().processor("p", script.processor("p", Map.of())).build();
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
}
