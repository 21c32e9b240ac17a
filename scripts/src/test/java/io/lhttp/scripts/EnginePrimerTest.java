package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.scripts.text.ScriptResources;
import org.junit.jupiter.api.Test;

/** Each step of the priming script runs in the engine. */
class EnginePrimerTest extends ScriptTestBase {
  @Test
  void primingSteps_runWithoutError() {
    new Folder(path).write("processors/priming.js", ScriptResources.text("priming.js"));
    try (var chain =
        processor(
            """
            import { steps, onMessage as step } from './priming.js';
            export function onMessage(ctx) {
              const failed = [];
              for (const one of steps) {
                try {
                  one();
                } catch (error) {
                  failed.push(`${one}: ${error}`);
                }
              }
              let refusals = 0;
              for (const _ of steps) step({ refuse: () => refusals++ });
              if (refusals > 0) failed.push("ended too soon");
              step({ refuse: () => refusals++ });
              if (refusals !== 1) failed.push("has no end");
              ctx.send(failed.join("\\n") || "none");
            }
            """)) {
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("none");
    }
  }
}
