package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts in TypeScript run as they are, and their errors show the lines that were written. */
class TypeScriptTest {
  private static ScriptHost host;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    host =
        ScriptHost.builder()
            .eventLoops(1)
            .callTime(Duration.ofSeconds(5))
            .errorDetail(true)
            .build();
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  private Outcome send(String processor) {
    var script = written(processor);
    var chain = TestChain.builder().processor("p", script.processor("p", Map.of())).build();
    return chain.send(chain.connect("jack"), Message.of("p", "x")).outcome();
  }

  private Script written(String processor) {
    return new Folder(path).write("processors/p.ts", processor).read(host, "processors/p.ts");
  }

  private ScriptException refusal(String processor) {
    return catchThrowableOfType(
        ScriptException.class, () -> written(processor).processor("p", Map.of()));
  }

  @Test
  void script_thatImportsTypesAndCode_runs() {
    new Folder(path)
        .write("lib/words.ts", "export type Word = string;\nexport const yes: Word = 'yes';\n")
        .write("lib/more.js", "export const more = 'more';\n");

    var outcome =
        send(
            """
            import { type Word, yes } from "../lib/words.ts";
            import { more } from "../lib/more.js";
            const said: Word[] = [yes, more];
            export function onMessage(ctx: lhttp.Context): void {
              ctx.refuse(422, said.join<string>() as Word);
            }
            """);

    assertThat(outcome).isEqualTo(Outcome.refused(422, "yes,more"));
  }

  @Test
  void errorInHandler_showsLineAndColumnAsWritten() {
    var script =
        written(
            "type A = { b: string };\nexport function onMessage(ctx: lhttp.Context): void {\n"
                + "  const a: A = (null as unknown as A)!; a.b.length;\n}\n");
    var chain = TestChain.builder().processor("p", script.processor("p", Map.of())).build();

    assertThat(chain.send(chain.connect("jack"), Message.of("p", "x")).outcome())
        .extracting("reason")
        .asString()
        .startsWith("processors/p.ts:3:41: TypeError");
  }

  @Test
  void enum_isRefusedWithItsLine() {
    assertThat(refusal("export enum A { B }\n").explanation())
        .isEqualTo(
            "processors/p.ts:1:8: SyntaxError: an enum makes code: write an object, such as"
                + " const X = { A: 'a' } as const\n  export enum A { B }\n         ^");
  }

  @Test
  void importWithJsSuffix_namesTypeScriptFile() {
    new Folder(path).write("lib/words.ts", "export const yes = 1;");

    assertThat(refusal("import { yes } from '../lib/words.js';").summary())
        .isEqualTo(
            "processors/p.ts:1:21: there is no file '../lib/words.js' to import, but"
                + " '../lib/words.ts'");
    assertThat(refusal("import { yes } from '../lib/words';").summary())
        .endsWith("there is no file '../lib/words' to import, but '../lib/words.ts'");
  }

  @Test
  void typeImportedAsValue_namesKeyword() {
    new Folder(path).write("lib/words.ts", "export type Word = string;");

    assertThat(
            refusal("import { Word } from '../lib/words.ts';\nexport function onMessage() {}\n")
                .summary())
        .endsWith("export named 'Word'; a type needs 'import type' or '{ type … }'");
  }

  @Test
  void typesAlone_changeNoFingerprint() {
    var before = written("export function onMessage(a: string) {}").fingerprint();

    assertThat(written("export function onMessage(a: number) {}").fingerprint()).isEqualTo(before);
    assertThat(written("export function onMessage(b: number) {}").fingerprint())
        .isNotEqualTo(before);
  }
}
