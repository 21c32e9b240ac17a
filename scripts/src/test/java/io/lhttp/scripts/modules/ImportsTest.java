package io.lhttp.scripts.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.modules.SourceFile.Import;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parser of imports finds each import of a file and refuses computed ones. */
class ImportsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "// an inline import() type",
        "/* import(x) */ /** @type {import('./types').User} */ /*\n import(`data:text/javascript,1`)\n*/",
        "const a = 'import(x)', b = \"import('data:text/javascript,1')\", c = `import(${1}) from 'data:,'`;",
        "const r = /import(x)/, s = /[/]import(x)\\//g, t = 4 / 2; /import(x)/.test('');",
        "const db = { import(n) { return n; } }; db.import(5); db?.import(5); db.import\n(5);",
        "class A { import(n) { return n; } static import = 1; #import = 2; get [`import`]() { return 3; } }",
        "const o = { import: 1, 'import': 2, from: 'data:text/javascript,1' }; o.import; o['import'];",
        "label: for (;;) { break label; } const importing = (x) => x; importing(1); $import(1); function $import() {}",
        "const from = 'data:text/javascript,1'; export { from as import };",
        "const \\u0069mported = 1; const s = '\\x69mport(x)';",
        "const url = import.meta.url;",
        "const tag = String.raw; tag`import(x) ${'import(y)'}`;",
      })
  void textLikeImport_isNoImport(String text) {
    assertThat(Imports.read(new SourceFile("filters/f.js", text)).imports()).isEmpty();
  }

  /** Returns statements that contain an import, at each place where an expression may be. */
  static Stream<String> placesOfAnExpression() {
    return Stream.of(
        "%s;",
        "const x = %s;",
        "let [x = %s] = [];",
        "let { x = %s } = {};",
        "let { [%s]: x } = {};",
        "function f(x = %s) {}",
        "function f({ x = %s }) {}",
        "function f([x = %s]) {}",
        "(x = %s) => x;",
        "() => %s;",
        "async () => { await %s; };",
        "function* g() { yield %s; yield* %s; }",
        "const x = `a ${%s} b`;",
        "const x = `a ${`b ${%s}`}`;",
        "String.raw`a ${%s} b`;",
        "const x = [1, , ...%s];",
        "const x = { a: %s };",
        "const x = { ...%s };",
        "const x = { [%s]: 1 };",
        "const x = { a() { %s; } };",
        "const x = { get a() { return %s; } };",
        "const x = { set a(v) { %s; } };",
        "class A extends %s {}",
        "class A { x = %s; }",
        "class A { static x = %s; }",
        "class A { #x = %s; }",
        "class A { static { %s; } }",
        "class A { [%s] = 1; }",
        "class A { constructor() { %s; } }",
        "class A { get a() { return %s; } static async *b() { %s; } }",
        "export default %s;",
        "export default class { x = %s; }",
        "export const x = %s;",
        "export default function () { %s; }",
        "if (%s) {} else {}",
        "if (1) %s; else %s;",
        "for (let i = %s; ; ) {}",
        "for (; %s; ) {}",
        "for (;; %s) {}",
        "for (const x of %s) {}",
        "for (const x in %s) {}",
        "for (const { x = %s } of []) {}",
        "while (%s) {}",
        "do {} while (%s);",
        "switch (%s) {}",
        "switch (1) { case %s: }",
        "switch (1) { default: %s; }",
        "try { %s; } catch {}",
        "try {} catch ({ x = %s }) {}",
        "try {} catch { %s; }",
        "try {} finally { %s; }",
        "throw %s;",
        "a: { %s; }",
        "const f = function () { return %s; };",
        "f(1, %s); function f() {}",
        "new (class {})(%s);",
        "(%s).then();",
        "(%s)?.then?.(%s);",
        "(1, %s);",
        "1 ? %s : 2;",
        "1 || %s;",
        "null ?? %s;",
        "let x; x ||= %s;",
        "let y; ({ y = %s } = {});",
        "let z; [z = %s] = [];",
        "typeof %s;",
        "delete (%s).x;",
        "const o = {}; o[%s] = 1;",
        "await %s;",
        "import.meta[%s];");
  }

  @ParameterizedTest
  @MethodSource("placesOfAnExpression")
  void computedImport_isRefusedAnywhere(String place) {
    for (var spelling :
        new String[] {
          "import(name)",
          "import/* x */(name)",
          "import // x\n (name)",
          "import\u00a0\u2028(name)",
          "import('da' + 'ta:,')",
          "import(`./${name}.js`)"
        }) {
      var text = "const name = 'x';\n" + place.replace("%s", spelling);
      assertThatThrownBy(() -> Imports.read(new SourceFile("filters/f.js", text)))
          .as(text)
          .isInstanceOf(ScriptException.class)
          .hasMessageContaining("only files are imported");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import 'data:text/javascript,1';",
        "import * as x from /* a */ \"\\u0064ata:text/javascript,1\";",
        "export*from'data:text/javascript,1';",
        "export * as y from 'd\\\nata:text/javascript,1';",
        "export { z } from ' data:text/javascript,1';",
        "import('DATA:text/javascript,1');",
        "import(`data:text/javascript,1`);",
        "import('\\x64ata:text/javascript,1', { with: {} });",
        "import(('./a.js'), import('da\\u{74}a:,'));",
      })
  void importOfTextAsModule_isRefused(String text) {
    assertThatThrownBy(() -> Imports.read(new SourceFile("filters/f.js", text)))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("only files are imported");
  }

  @Test
  void escapedKeyword_isRefused() {
    for (var text : new String[] {"\\u0069mport('data:,');", "export * fr\\u006fm 'data:,';"}) {
      assertThatThrownBy(() -> Imports.read(new SourceFile("filters/f.js", text)))
          .as(text)
          .isInstanceOf(ScriptException.class);
    }
  }

  @Test
  void importsOfEachKind_areFoundWithPositions() {
    var text =
        """
        import a from './a.js';
        import { b } from "../b.js";
        export * from './c.js';
        export { d } from './d.js';
        const e = await import('./e.js'), f = import(`./f.js`);
        import 'lhttp:test';
        """;

    var found = Imports.read(new SourceFile("filters/f.js", text)).imports();

    assertThat(found)
        .extracting(Import::specifier)
        .containsExactlyInAnyOrder(
            "./a.js", "../b.js", "./c.js", "./d.js", "./e.js", "./f.js", "lhttp:test");
    assertThat(found)
        .allSatisfy(one -> assertThat(text.substring(one.at() + 1)).startsWith(one.specifier()));
    assertThat(found).filteredOn(one -> !one.relative()).hasSize(1);
  }

  @Test
  void syntaxErrorBesideImports_isReportedWithPosition() {
    var e =
        catchThrowableOfType(
            ScriptException.class,
            () -> Imports.read(new SourceFile("filters/f.js", "import './a.js';\nconst = 1;\n")));
    assertThat(e.explanation())
        .isEqualTo(
            "filters/f.js:2:7: SyntaxError: expected BindingIdentifier or BindingPattern\n"
                + "  const = 1;\n"
                + "        ^");
    assertThat(
            catchThrowableOfType(
                    ScriptException.class,
                    () -> Imports.read(new SourceFile("filters/f.js", "import './a.js';\nf(\n\n")))
                .summary())
        .startsWith("filters/f.js:2:3: SyntaxError: ");
  }

  @Test
  void jsonMentioningImports_hasNoImports() {
    assertThat(Imports.read(new SourceFile("lib/words.json", "{\"import\": \"from\"}")).imports())
        .isEmpty();
  }

  @Test
  void tooDeeplyNestedCode_isRefused() {
    var text = "import './a.js';" + "(".repeat(200_000) + ")".repeat(200_000);
    assertThatThrownBy(() -> Imports.read(new SourceFile("filters/f.js", text)))
        .isInstanceOf(ScriptException.class);
  }

  /** Texts for which a pattern that looked ahead from every index would take minutes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "import",
        "import /*",
        "import . ",
        "from 'd",
        "'./",
        "import('",
        "/* import ",
        "${"
      })
  void longLines_areReadOnce(String word) {
    var comment = "// " + word.repeat((4 << 20) / word.length() - 10) + "\n";
    var file =
        Imports.read(new SourceFile("filters/f.js", comment + "export function before() {}\n"));
    assertThat(file.imports()).isEmpty();
  }

  @Test
  void errorInLongLine_showsExcerptAroundPosition() {
    var text = "import './a.js'; const a = 1; " + "/* x */ ".repeat(100_000) + "const = 1;";
    var e =
        catchThrowableOfType(
            ScriptException.class, () -> Imports.read(new SourceFile("filters/f.js", text)));
    assertThat(e.explanation()).hasSizeLessThan(500).contains("…").endsWith("^");
    assertThat(e.explanation().lines().toList().get(1)).endsWith("const = 1;");
  }

  private static @Nullable ScriptException advice(String text) {
    var found = DroppedHeaders.in(new SourceFile("filters/f.js", text));
    return found.isEmpty() ? null : found.getFirst();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "export const before = (ctx) => ctx.rewrite({ headers: { x: 1 } });",
        "export function before(ctx) {\n  ctx.rewrite({ body: '', headers: [['x', ctx.body]] });\n}",
        "const headers = { x: 1 };\nexport function before(ctx) { ctx.rewrite({ headers }); }",
        "function made(x) { return { x }; }\nexport function before(ctx) { ctx.rewrite({ headers: made(ctx.body) }); }",
        "export function before(c) { if (c.header('a')) c.rewrite({ 'headers': { ...{ a: 1 } } }); c.publish('room'); }",
        "export function before({ rewrite }, ctx) { let h; h = {}; ctx.rewrite({ headers: h }); }",
      })
  void rewriteDroppingChannelHeaders_isWarnedOf(String text) {
    var advice = Objects.requireNonNull(advice(text));
    assertThat(advice.reason()).contains("publish and subscribe are dropped");
    assertThat(advice.line()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "export const before = (ctx) => ctx.rewrite({ headers: [...ctx.headers, ['x', 1]] });",
        "export const before = (ctx) => ctx.rewrite({ headers: ctx.headers.filter(([n]) => n !== 'x') });",
        "export function before(ctx) { const { headers } = ctx; ctx.rewrite({ headers }); }",
        "export const before = (ctx) => ctx.rewrite({ headers: { x: 1, publish: ctx.header('publish') } });",
        "export function before(ctx) { const h = {}; h.Subscribe = 'a'; ctx.rewrite({ headers: h }); }",
        "import { kept } from './kept.js'; export const before = (ctx) => ctx.rewrite({ headers: kept(ctx) });",
        "export const before = (ctx) => ctx.rewrite({ body: 'x' });",
        "export const before = (ctx) => ctx.reply({ headers: { x: 1 } });",
        "// ctx.rewrite({ headers: { x: 1 } })\nexport const before = (ctx) => ctx.setHeader('x', 1);",
        "export const before = (ctx) => { if (!ctx.header('subscribe')) ctx.rewrite({ headers: {} }); }",
      })
  void rewriteKeepingChannelHeaders_isNotWarnedOf(String text) {
    assertThat(advice(text)).isNull();
  }
}
