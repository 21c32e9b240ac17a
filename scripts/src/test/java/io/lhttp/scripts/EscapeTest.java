package io.lhttp.scripts;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts reach neither the host, other files nor other scripts. */
class EscapeTest extends ScriptTestBase {
  private Outcome run(String text) {
    try (var chain = processor(text)) {
      return chain.send(chain.connect("jack"), Message.of("chat", "")).outcome();
    }
  }

  /** Expressions of JavaScript that must throw. */
  private static final List<String> ATTEMPTS =
      List.of(
          "Java.type('java.lang.System')",
          "Packages.java.lang.System",
          "Polyglot.eval('js', '1')",
          "Graal.versionECMAScript",
          "load('/etc/passwd')",
          "loadWithNewGlobal('/etc/passwd')",
          "print('x')",
          "readFully('/etc/passwd')",
          "process.env",
          "require('fs')",
          "globalThis.constructor.constructor('return 1')()",
          "(() => {}).constructor('return 1')()",
          "(async () => {}).constructor('return 1')()",
          "(function* () {}).constructor('return 1')()",
          "Reflect.construct((() => {}).constructor, ['return 1'])",
          "eval('1')",
          "(0, globalThis['ev' + 'al'])('1')",
          "Object.prototype.x = 1",
          "({}).__proto__.x = 1",
          "Object.prototype.toString = 1",
          "Array.prototype.map = null",
          "[].values().__proto__.next = null",
          "Promise.prototype.then = null",
          "JSON.parse = null",
          "globalThis.JSON = null",
          "console.log = null",
          "ctx.constructor.prototype.send = null",
          "ctx.shared.__proto__.get = null",
          "ctx.log.info = null",
          "ctx.options.x = 1",
          "ctx.getClass().forName('java.lang.System')",
          "ctx.send.getClass()",
          "ctx.connection.attributes.values.x",
          "new SharedArrayBuffer(8)",
          "Atomics.wait(new Int32Array(8), 0, 0)",
          "new WebAssembly.Memory({ initial: 1 })",
          "new Worker('x')",
          "setTimeout('code', 1)",
          "fetchSync('http://127.0.0.1')",
          "import.meta.resolve('x')");

  @Test
  void escapeAttempts_fail() {
    var attempts =
        ATTEMPTS.stream().collect(joining(",\n  (ctx) => ", "const attempts = [(ctx) => ", "];\n"));
    try (var chain =
        processor(
            attempts
                + """
                export function onMessage(ctx) {
                  let got;
                  try { got = attempts[Number(ctx.body)](ctx); } catch { return; }
                  ctx.refuse(499, "it was possible: " + String(got));
                }
                """)) {
      var connection = chain.connect("jack");
      for (var i = 0; i < ATTEMPTS.size(); i++) {
        assertThat(chain.send(connection, Message.of("chat", "" + i)).outcome())
            .as(ATTEMPTS.get(i))
            .isEqualTo(Outcome.done());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.com/x.js",
        "fs",
        "node:fs"
      })
  void import_outsideFolder_fails(String module) {
    assertThatThrownBy(() -> run("import '%s'; export function onMessage() {}".formatted(module)))
        .isInstanceOf(ScriptException.class);
    assertThat(
            run(
                """
                export async function onMessage(ctx) {
                  try { await import('%s'); } catch { return; }
                  ctx.refuse(499, "imported");
                }
                """
                    .formatted(module)))
        .isEqualTo(Outcome.done());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import 'data:text/javascript,1';",
        "import x from'data:text/javascript,1';",
        "export * from /* a */ \"d\\x61ta:text/javascript,1\";",
        "await import('data:text/javascript,1');",
        "await import(`data:text/javascript,1`);",
        "await import('\\x64ata:text/javascript,1');",
        "await import('da' + 'ta:text/javascript,1');",
        "const f = (x) => import /* a */ // b\n (x);",
        "const f = (x) => [...import(x)];",
        "const f = (x) => import(('./a.js', x));",
      })
  void import_ofTextAsModule_isRefused(String statement) {
    assertThatThrownBy(() -> processor(statement + "\nexport function onMessage() {}"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("only files are imported");
  }

  @Test
  void dynamicImport_withLiteralPath_works() {
    new Folder(path).write("lib/words.js", "export const word = 'hi';");
    assertThat(
            run(
                """
                export async function onMessage(ctx) {
                  const { word } = await import("../lib/words.js");
                  if (word !== "hi") ctx.refuse(499, word);
                }
                """))
        .isEqualTo(Outcome.done());
  }

  @Test
  void clientJson_doesNotPollutePrototypes() {
    try (var chain =
        processor(
            """
            function merge(to, from) {
              for (const key in from) {
                if (typeof from[key] === "object") merge(to[key] ??= {}, from[key]);
                else to[key] = from[key];
              }
            }
            export function onMessage(ctx) {
              try { merge({}, ctx.json()); } catch {}
              ctx.send(String({}.admin));
            }
            """)) {
      var result =
          chain.send(chain.connect("jack"), Message.of("chat", "{\"__proto__\":{\"admin\":true}}"));
      assertThat(result.replies()).extracting(Message::body).containsExactly("undefined");
    }
  }

  @Test
  void frozenBuiltIns_leaveOrdinaryCodeWorking() {
    assertThat(
            run(
                """
                class Mine extends Error {
                  constructor(text) { super(text); this.name = "Mine"; this.message = text + "!"; }
                }
                const thing = {};
                thing.toString = () => "thing";
                function Old() {}
                Old.prototype.constructor = Old;
                globalThis.mine = 1;
                export function onMessage(ctx) {
                  const text = String(new Mine("a")) + String(thing) + (new Old() instanceof Old) + mine;
                  if (text !== "Mine: a!thingtrue1") ctx.refuse(499, text);
                }
                """))
        .isEqualTo(Outcome.done());
  }

  @Test
  void globals_ofOneScript_areInvisibleToAnother() {
    try (var one = processor("globalThis.mine = 1; export function onMessage() {}")) {
      assertThat(one).isNotNull();
      assertThat(
              run(
                  """
                  export function onMessage(ctx) {
                    if (typeof mine !== "undefined") ctx.refuse(499, "seen");
                  }
                  """))
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void import_fromWorldWritableFolder_isRefused() throws IOException {
    var folder =
        new Folder(path)
            .write("filters/f.js", "import '../data/deep/w.js'; export function before() {}")
            .write("data/deep/w.js", "");
    Files.setPosixFilePermissions(
        path.resolve("data"), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> folder.read(host, "filters/f.js"))
        .hasMessageContaining("data: every user may write it");
  }

  @Test
  void worldWritableFileOrLinkOutside_isNotRun(@TempDir Path elsewhere) throws IOException {
    var folder = new Folder(path).write("filters/f.js", "export function before() {}");
    Files.setPosixFilePermissions(
        path.resolve("filters/f.js"), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThatThrownBy(() -> folder.read(host, "filters/f.js"))
        .hasMessageContaining("every user may write it");
    new Folder(elsewhere).write("out.js", "");
    Files.createSymbolicLink(path.resolve("filters/link.js"), elsewhere.resolve("out.js"));
    assertThatThrownBy(() -> folder.read(host, "filters/link.js"))
        .hasMessageContaining("leads out of the folder");
    assertThatThrownBy(() -> folder.read(host, "../out.js")).isInstanceOf(ScriptException.class);
  }
}
