package io.lhttp.scripts.modules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.ScriptTestBase;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scripts have the globals and features that bundled libraries use, and bundles run. */
class LibrariesTest extends ScriptTestBase {
  /** Expressions of JavaScript that must be true. */
  private static final List<String> EXPECTED =
      List.of(
          // how lodash finds the global object
          "typeof self === 'object' && self && self.Object === Object",
          "(typeof globalThis === 'object' ? globalThis : Function('return this')()) === self",
          "Object instanceof Function && (() => {}).constructor === Function",
          "typeof Function === 'function' && Function.prototype.toString.call(Map).includes('native code')",
          // core-js and regenerator-runtime expect that Function may throw
          "(() => { try { return Function('return this')(); } catch { return self; } })() === self",
          "(() => { try { new Function(''); return false; } catch (e) { return e instanceof EvalError; } })()",
          // the table of get-intrinsic, and how it reads a property
          "[eval, Function].every((f) => typeof f === 'function')",
          "Object.getOwnPropertyDescriptor(Map.prototype, 'get').get.originalValue === Map.prototype.get",
          // used by uuid, nanoid and ulid
          "crypto.getRandomValues(new Uint8Array(16)).some((byte) => byte !== 0)",
          "(() => { const a = new Uint32Array(4); return crypto.getRandomValues(a) === a && a.some(Boolean); })()",
          "crypto.getRandomValues(new Uint8Array(64).subarray(8, 16)).length === 8",
          "crypto.getRandomValues(new BigUint64Array(2))[0] !== crypto.getRandomValues(new BigUint64Array(2))[0]",
          "crypto.getRandomValues.bind(crypto)(new Uint8Array(0)).length === 0",
          "(() => { const b = new Uint8Array(9); crypto.getRandomValues(b.subarray(0, 8)); return b[8] === 0; })()",
          "(() => { try { crypto.getRandomValues(new Float32Array(1)); } catch (e) { return e instanceof TypeError; } })()",
          "(() => { try { crypto.getRandomValues([0]); } catch (e) { return e instanceof TypeError; } })()",
          "(() => { try { crypto.getRandomValues(new Uint8Array(65537)); } catch (e) { return e instanceof RangeError; } })()",
          "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/.test(crypto.randomUUID())",
          // used by immer and rxjs: proxies, symbols, subclasses without class
          "(() => { function Sub() {} Sub.prototype = Object.create(Error.prototype); Sub.prototype.constructor = Sub;"
              + " Sub.prototype.name = 'Sub'; Sub.prototype.toString = () => 'sub'; return String(new Sub()) === 'sub'; })()",
          "(() => { const counts = {}; for (const word of ['isPrototypeOf', 'constructor', 'valueOf']) counts[word] = 1;"
              + " return Object.keys(counts).length === 3; })()");

  @Test
  void globalsExpectedByLibraries_exist() {
    var chain =
        processor(
            EXPECTED.stream().collect(joining(",\n  () => ", "const expected = [() => ", "];\n"))
                + """
                export function onMessage(ctx) {
                  ctx.send(expected.map((f) => { try { return f(); } catch (e) { return String(e); } }).join("\\n"));
                }
                """);

    var answers = reply(chain, Message.of("chat", "")).lines().toList();

    assertThat(answers).hasSameSizeAs(EXPECTED);
    for (var i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i)).as(EXPECTED.get(i)).isEqualTo("true");
    }
  }

  /** Each bundle is in the test's resources, with its version and license. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lodash | _ | _.template && _.chunk([1, 2, 3], 2).length + _.camelCase('a b') | 2aB",
        "rxjs | { of, map, reduce } | read((to) => of(1, 2).pipe(map((x) => x * 2), reduce((a, b) => a + b)).subscribe(to)) | 6",
        "immer | { produce, enableMapSet } | (enableMapSet(), produce({ a: new Map([[1, 2]]) }, (d) => { d.a.set(1, 3); }).a.get(1)) | 3",
        "uuid | { v1, v4, v5, v7, validate } | [v1(), v4(), v5('a', v5.DNS), v7()].every(validate) | true",
        "nanoid | { nanoid, customAlphabet } | nanoid().length + customAlphabet('a', 3)() | 21aaa",
        "ulid | { ulid, monotonicFactory } | ulid().length + monotonicFactory()().length | 52",
        "dayjs | { dayjs } | dayjs.tz('2024-07-01T00:00', 'Europe/Berlin').utc().format() | 2024-06-30T22:00:00Z",
        "marked | { marked } | marked.parse('a *b*').trim() | <p>a <em>b</em></p>",
        "mustache | { mustache } | mustache.render('{{a}}{{#l}}{{.}}{{/l}}', { a: '<', l: [1, 2] }) | &lt;12",
        "redux | { createStore } | read((to) => { const s = createStore((n = 1) => n + 1); s.dispatch({ type: 'x' }); to(s.getState()); }) | 3",
      })
  void bundle_isLoadedAndWorks(String name, String imported, String expression, String expected)
      throws IOException {
    var names = imported.startsWith("{") ? imported : "{ " + imported + " }";
    var _ = new Folder(path).write("lib/" + name + ".js", bundle(name));

    var chain =
        processor(
            """
            import %s from "../lib/%s.js";
            const read = (f) => { let value; f((v) => { value = v; }); return value; };
            export function onMessage(ctx) {
              ctx.send(String(%s));
            }
            """
                .formatted(names, name, expression));

    assertThat(reply(chain, Message.of("chat", ""))).isEqualTo(expected);
  }

  private static String bundle(String name) throws IOException {
    try (var in = LibrariesTest.class.getResourceAsStream("libraries/" + name + ".js")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    }
  }
}
