package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.scripts.context.Realm;
import org.junit.jupiter.api.Test;

class PrimingTest extends ScriptTestBase {
  @Test
  void eachStep_isSomethingThatTheEngineHas() {
    new Folder(path).write("processors/priming.js", Realm.text("priming.js"));
    try (var chain =
        processor(
            """
            import { steps, onMessage as whole } from './priming.js';
            export function onMessage(ctx) {
              const failed = [];
              for (const step of steps) {
                try {
                  step();
                } catch (error) {
                  failed.push(`${step}: ${error}`);
                }
              }
              whole();
              ctx.send(failed.join("\\n") || "none");
            }
            """)) {
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("none");
    }
  }
}
