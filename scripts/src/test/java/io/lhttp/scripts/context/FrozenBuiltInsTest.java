package io.lhttp.scripts.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.scripts.ScriptTestBase;
import io.lhttp.testing.TestChain;
import org.graalvm.polyglot.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scripts can assign to properties that objects inherit from frozen built-ins, as if the built-ins
 * were not frozen.
 */
class FrozenBuiltInsTest extends ScriptTestBase {
  /** JavaScript that sets each inherited name in each way, and returns the results. */
  private static final String EVERY_NAME =
      """
      const heirs = {
        object: () => ({}),
        parsed: () => JSON.parse('{"a":{"b":1}}').a,
        nameless: () => Object.create(null),
        frozen: () => Object.freeze({}),
        instance: () => new (class {})(),
        proxy: () => new Proxy({}, {}),
        array: () => [1],
        arrayLike: () => Object.create(Array.prototype),
        function: () => function () {},
        arrow: () => () => {},
        asyncFunction: () => async () => {},
        class: () => class {},
        subclass: () => class extends Map {},
        arrayClass: () => class extends Array {},
        error: () => new Error("e"),
        typeError: () => new TypeError("e"),
        ownError: () => new (class extends RangeError {})("e"),
        map: () => new Map(),
        ownMap: () => new (class extends Map {})(),
        set: () => new Set(),
        weakMap: () => new WeakMap(),
        promise: () => Promise.resolve(),
        date: () => new Date(0),
        regExp: () => /x/,
        bytes: () => new Uint8Array(2),
        buffer: () => new ArrayBuffer(2),
        string: () => new String("s"),
        number: () => new Number(1),
        boolean: () => new Boolean(true),
        bigInt: () => Object(1n),
        symbol: () => Object(Symbol("s")),
        iterator: () => [].values(),
        generator: () => (function* () {})(),
        json: () => Object.create(JSON),
        math: () => Object.create(Math),
        reflect: () => Object.create(Reflect),
        constructor: () => Object.create(Promise),
        weakSet: () => new WeakSet(),
        weakRef: () => new WeakRef({}),
        registry: () => new FinalizationRegistry(() => {}),
        view: () => new DataView(new ArrayBuffer(2)),
        floats: () => new Float64Array(2),
        ownBytes: () => new (class extends Uint8Array {})(2),
        aggregateError: () => new AggregateError([]),
        oldError: () => Object.assign(Object.create(Error.prototype), { message: "old" }),
        ownPromise: () => class extends Promise {}.resolve(),
        ownDate: () => new (class extends Date {})(0),
        ownRegExp: () => new (class extends RegExp {})("x"),
        ownString: () => new (class extends String {})("s"),
        ownFunction: () => Object.setPrototypeOf(() => {}, function () {}),
        asyncGenerator: () => (async function* () {})(),
        generatorFunction: () => function* () {},
        mapIterator: () => new Map().keys(),
        matchIterator: () => "".matchAll(/x/g),
        helper: () => [].values().map((x) => x),
        match: () => /x/.exec("x"),
        argumentList: () => (function () { return arguments; })(1),
        template: () => ((parts) => Object.create(parts))`x`,
        collator: () => new Intl.Collator("en"),
        numberFormat: () => new Intl.NumberFormat("en"),
        dateFormat: () => new Intl.DateTimeFormat("en"),
        intl: () => Object.create(Intl),
        getters: () => ({ get a() { return 1; }, set toString(v) {} }),
        text: () => "text",
        one: () => 1,
      };

      const ways = {
        set(heir, name) { heir[name] = 7; },
        assign(heir, name) { Object.assign(heir, { [name]: 7 }); },
        reflect(heir, name) { return Reflect.set(heir, name, 7); },
        receiver(heir, name) { return Reflect.set(Object.getPrototypeOf(heir) ?? {}, name, 7, heir); },
        define(heir, name) { return Reflect.defineProperty(heir, name, { value: 7 }); },
        delete(heir, name) { heir[name] = 7; delete heir[name]; },
        deleteReflect(heir, name) { heir[name] = 7; return Reflect.deleteProperty(heir, name); },
        twice(heir, name) { heir[name] = 6; heir[name] = 7; },
        add(heir, name) { heir[name] ??= 7; },
        super(heir, name) { ({ __proto__: Object.getPrototypeOf(heir), set() { super[name] = 7; } }).set.call(heir); },
        field(heir, name) {
          const made = new (class extends (function () { return heir; }) { [name] = 7; })();
          if (made !== heir) throw new TypeError("no object");
        },
      };

      function names(heir) {
        const found = new Set();
        for (let at = Object(heir); at !== null; at = Object.getPrototypeOf(at)) {
          for (const key of Reflect.ownKeys(at)) found.add(key);
        }
        return [...found].sort((a, b) => (String(a) < String(b) ? -1 : 1));
      }

      function outcome(heir, name, way) {
        try {
          const result = way(heir, name);
          const said = typeof result === "boolean" ? result + " " : "";
          const d = Object.getOwnPropertyDescriptor(heir, name);
          const of = (value) => (value === 7 ? 7 : typeof value);
          return d === undefined ? said + "none" : `${said}${of(d.value)} ${d.writable} ${d.enumerable} ${d.configurable} ${of(heir[name])}`;
        } catch (error) {
          return error.name;
        }
      }

      function everyName(kind) {
        const results = [];
        for (const name of names(heirs[kind]())) {
          for (const [how, way] of Object.entries(ways)) {
            results.push(`${kind} ${String(name)} ${how}: ${outcome(heirs[kind](), name, way)}`);
          }
        }
        return results.join("\\n");
      }
      """;

  @Test
  void inheritedNames_areAssignableAsWithoutFreezing() {
    var chain =
        processor(EVERY_NAME + "export function onMessage(ctx) { ctx.send(everyName(ctx.body)); }");
    var compared = 0L;
    try (var context =
        Context.newBuilder("js")
            .option("js.strict", "true")
            .option("engine.WarnInterpreterOnly", "false")
            .build()) {
      context.eval("js", EVERY_NAME);
      var kinds = context.eval("js", "Object.keys(heirs).join()").asString();
      for (var kind : kinds.split(",", -1)) {
        var expected = context.eval("js", "everyName('" + kind + "')").asString();

        var answer = reply(chain, Message.of("chat", kind));

        assertThat(answer.lines()).containsExactlyElementsOf(expected.lines().toList());
        compared += expected.lines().count();
      }
    }
    assertThat(compared).isGreaterThan(5_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Object.prototype.isPrototypeOf = 1",
        "Array.prototype.toString = 1",
        "Map.prototype.get = 1",
        "Function.prototype.call = 1",
        "Promise.prototype.then = 1",
        "Date.now = 1",
        "Math.max = 1",
        "Object.keys = 1",
        "URL.prototype.toString = 1",
        "Object.assign(Array.prototype, { at: 1 })",
        "Object.defineProperty(Set.prototype, 'has', { value: 1 })",
        "Reflect.set(Math, 'max', 1) || (() => { throw 1 })()",
        "Reflect.set(Object.prototype, 'toString', 1, Array.prototype) || (() => { throw 1 })()",
        "delete Error.prototype.name",
        "Array.prototype.push('x')",
        "Object.setPrototypeOf(Map.prototype, {})",
        "parseInt = 1",
        "fetch = 1",
        "Object.assign(Math, { max: 1 })",
        "delete Math.max",
        "delete Array.prototype.at",
      })
  void builtIn_cannotBeChanged(String attempt) {
    assertThat(
            outcome(
                """
                export function onMessage(ctx) {
                  let done = true;
                  try { %s; } catch { done = false; }
                  if (done) ctx.refuse(499, "it was possible");
                }
                """
                    .formatted(attempt)))
        .isEqualTo(Outcome.done());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Reflect.set(Object.prototype, 'toString', 1)",
        "Reflect.set(Math, 'max', 1)",
        "Reflect.set(Array.prototype, 'at', 1)",
        "Reflect.set(Array.prototype, 'another', 1)",
        "Reflect.set(Array.prototype, Symbol.iterator, 1)",
        "Reflect.set(Map.prototype, { toString: () => 'get' }, 1)",
        "Reflect.set({}, 'toString', 1, Object.prototype)",
        "Reflect.set({}, 'toString', 1, 'text')",
        "Reflect.set({}, 'toString', 1, undefined)",
        "Reflect.set(Object.freeze({}), 'toString', 1)",
        "Reflect.set(Object.preventExtensions([]), 'at', 1)",
        "Reflect.set(new Proxy({}, { defineProperty: () => false }), 'toString', 1)",
        "Reflect.set(new Proxy(Math, { set: (...all) => Reflect.set(...all) }), 'max', 1)",
        "Reflect.set({ set x(v) { Reflect.set(this, 'toString', v); }, __proto__: Math }, 'max', 1, Math)",
        "Reflect.defineProperty(Object.prototype, 'toString', { value: 1 })",
        "Reflect.defineProperty(Array.prototype, 'another', { value: 1 })",
        "Reflect.defineProperty(Math, 'max', { get() {} })",
        "Reflect.deleteProperty(Object.prototype, 'toString')",
        "Reflect.deleteProperty(Math, 'max')",
        "Reflect.setPrototypeOf(Map.prototype, {})",
      })
  void reflection_onFrozenBuiltIn_returnsFalse(String attempt) {
    assertThat(reply(returning(attempt), Message.of("chat", ""))).isEqualTo("false");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Reflect.set({}, 'toString', 1)",
        "Reflect.set(Object.prototype, 'toString', 1, {})",
        "Reflect.set(class extends Map {}.prototype, 'get', 1)",
        "Reflect.set({ set x(v) { this.toString = v; } }, 'x', 1)",
        "Reflect.set.length === 3 && Reflect.set.name === 'set'",
      })
  void reflection_onInheritingObject_returnsTrue(String attempt) {
    assertThat(reply(returning(attempt), Message.of("chat", ""))).isEqualTo("true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Reflect.set(1, 'toString', 1)",
        "Reflect.set({ set x(v) { Math.max = v; } }, 'x', 1)",
        "Reflect.set({ set max(v) { Math.max = v; } }, 'max', 1)",
        "Reflect.set(new Proxy({}, { defineProperty() { throw new TypeError('mine'); } }), 'toString', 1)",
        "(() => { Reflect.set(Math, 'max', 1); Math.max = 1; })()",
        "(() => { try { Reflect.set({ set x(v) { throw 1; } }, 'x', 1); } catch {} Math.max = 1; })()",
      })
  void assignment_toFrozenProperty_throwsTypeError(String attempt) {
    assertThat(reply(returning(attempt), Message.of("chat", ""))).isEqualTo("TypeError");
  }

  private TestChain returning(String attempt) {
    return processor(
        """
        export function onMessage(ctx) {
          let result;
          try { result = String(%s); } catch (e) { result = e.name; }
          ctx.send(result);
        }
        """
            .formatted(attempt));
  }

  @Test
  void libraryPatchingBuiltInsAtLoad_worksAndIsFrozenAfterwards() {
    assertThat(
            outcome(
                """
                const text = Function.prototype.toString;
                Function.prototype.toString = function toString() { return text.call(this); };
                Object.defineProperty(Array.prototype, "second", { value() { return this[1]; }, writable: true, configurable: true });
                Object.defineProperty(Error, "__types__", { value: {} });
                globalThis.atob = (value) => "patched " + value;
                globalThis.state = { count: 0 };
                export function onMessage(ctx) {
                  const problems = [];
                  if ([1, 2].second() !== 2) problems.push("second");
                  if (atob("x") !== "patched x") problems.push("atob");
                  state.count++;
                  globalThis.another = 1;
                  for (const change of [
                    () => { Array.prototype.second = 1; },
                    () => { Array.prototype.third = 1; },
                    () => { Function.prototype.toString = text; },
                    () => { globalThis.atob = 1; },
                  ]) {
                    try { change(); problems.push(String(change)); } catch {}
                  }
                  if (problems.length) ctx.refuse(499, problems.join());
                }
                """))
        .isEqualTo(Outcome.done());
  }

  private Outcome outcome(String text) {
    try (var chain = processor(text)) {
      return chain.send(chain.connect("jack"), Message.of("chat", "")).outcome();
    }
  }
}
