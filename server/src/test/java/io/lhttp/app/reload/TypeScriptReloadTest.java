package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.app.config.Problem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scripts in TypeScript are swapped as those in JavaScript are. */
class TypeScriptReloadTest extends ReloadFixture {
  @BeforeEach
  void anApplication() throws Exception {
    write("processors/echo.ts", echo("one"));
    write("lhttp.yaml", "chain: [pubsub]\n");
    start();
  }

  private static String echo(String word) {
    return """
    const word: string = "%s";
    export function onMessage(ctx: lhttp.Context): void {
      ctx.send(`${word} ${ctx.body}`);
    }
    """
        .formatted(word);
  }

  @Test
  void edit_appliesToNextMessage() throws Exception {
    assertThat(ask("echo", "hi")).isEqualTo("one hi");

    write("processors/echo.ts", echo("two"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Swapped.class))
        .satisfies(
            swapped -> assertThat(swapped.changes()).containsExactly("processors/echo.ts changed"));
    assertThat(ask("echo", "hi")).isEqualTo("two hi");
  }

  @Test
  void editWithError_keepsGeneration() throws Exception {
    write("processors/echo.ts", "enum Word { ONE }\n" + echo("two"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.problems())
                .extracting(Problem::toString)
                .anyMatch(
                    problem -> problem.contains("processors/echo.ts:1:1: SyntaxError: an enum")));
    assertThat(ask("echo", "hi")).isEqualTo("one hi");
  }

  @Test
  void scriptInBothLanguages_isRefused() throws Exception {
    write("processors/echo.js", "export function onMessage() {}");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.problems())
                .extracting(Problem::toString)
                .anyMatch(problem ->
                    problem.contains(
                        "processors/echo.ts: processors/echo.js has the same name: remove one")));
  }

  @Test
  void editOfDeclarations_changesNothing() throws Exception {
    write("processors/types.d.ts", "interface A {}");

    assertThat(ask("echo", "hi")).isEqualTo("one hi");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Unchanged.class);
  }
}
