package io.lhttp.scripts.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.scripts.ScriptTestBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code shared.update} changes each kind of value once and reports changes that are impossible.
 */
class SharedUpdateTest extends ScriptTestBase {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1                       | v => v + 1              | 2",
        "1.5                     | v => v + 0.5            | 2",
        "2                       | v => v + 0.25           | 2.25",
        "2 ** 31                 | v => v + 1              | 2147483649",
        "2 ** 53                 | v => v - 1              | 9007199254740991",
        "1e300                   | v => v * 10             | 1e+301",
        "-0                      | v => Object.is(v, -0)   | true",
        "0                       | v => -v                 | 0",
        "NaN                     | v => Number.isNaN(v)    | true",
        "NaN                     | v => v                  | null",
        "-Infinity               | v => v === -Infinity    | true",
        "'1'                     | v => v + 1              | \"11\"",
        "true                    | v => !v                 | false",
        "[1, undefined, NaN]     | v => [...v, v.length]   | [1,null,null,3]",
        "{ a: { b: -0, c: 1.0 } } | v => ({ ...v, d: 2 })  | {\"a\":{\"b\":0,\"c\":1},\"d\":2}",
        "new Date(0)             | v => v + '!'            | \"1970-01-01T00:00:00.000Z!\"",
        "undefined               | v => v ?? 7             | 7",
        "'\\ud83d'               | v => v.length           | 1",
      })
  void update_callsChangeOnce(String value, String change, String after) {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              let calls = 0;
              ctx.shared.set("y", %s);
              const change = %s;
              ctx.shared.update("y", (v) => (calls++, change(v)));
              ctx.send(calls + JSON.stringify(ctx.shared.get("y")));
            }
            """
                .formatted(value, change))) {
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("1" + after.strip());
    }
  }

  @Test
  void update_ofIncrementedNumber_changesIt() {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              const { shared } = ctx;
              shared.increment("n", 2);
              shared.update("n", (n) => n + 1);
              shared.increment("n", 0.5);
              shared.update("n", (n) => n + 0.5);
              shared.increment("n");
              ctx.send(shared.get("n"));
            }
            """)) {
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("5");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "v => { ctx.shared.set('z', 1); return 2; } | was changed by others each time",
        "v => { ctx.shared.update('z', () => 1); return 2; } | was changed by others each time",
        "v => 1n                        | BigInt",
        "v => () => 1                   | only what JSON can say can be kept",
        "v => { throw new Error('no'); } | no",
      })
  void update_withInvalidChange_throwsInScript(String change, String error) {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              try {
                ctx.shared.update("z", %s);
              } catch (error) {
                ctx.send(error.message);
              }
            }
            """
                .formatted(change))) {
      assertThat(reply(chain, Message.of("chat", ""))).contains(error.strip());
    }
  }
}
