package io.lhttp.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code new} makes an application that passes {@code check} and {@code test}. */
class NewApplicationTest extends CommandFixture {
  @Test
  void newApplication_passesCheckAndItsTests() {
    var made = folder.resolve("my-app").toString();

    assertThat(run("new", made)).as(err.toString()).isZero();
    assertThat(run("check", made)).as(err.toString()).isZero();
    assertThat(run("test", made)).as(err + "\n" + out).isZero();
    assertThat(out.toString())
        .contains("  ok    shouting is refused, and not counted\n")
        .endsWith("2 passed, 0 failed\n");
    assertThat(Path.of(made, "lhttp.d.ts")).content().contains("declare namespace lhttp");
  }

  @Test
  void newInTypeScript_passesCheckAndItsTests() {
    var made = folder.resolve("my-app").toString();

    assertThat(run("new", "--ts", made)).as(err.toString()).isZero();
    assertThat(run("check", made)).as(err.toString()).isZero();
    assertThat(run("test", made)).as(err + "\n" + out).isZero();
    assertThat(out.toString())
        .contains("tests/say.test.ts\n")
        .contains("  ok    shouting is refused, and not counted\n")
        .endsWith("2 passed, 0 failed\n");
    assertThat(Path.of(made, "lhttp.d.ts")).exists();
  }

  @Test
  void newInTwoLanguages_isRefused() {
    assertThat(run("new", "--ts", "--java", folder.resolve("app").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("--java", "--ts");
    assertThat(folder.resolve("app")).doesNotExist();
  }

  @Test
  void newInNonEmptyFolder_failsAndChangesNothing() throws IOException {
    write("notes.txt", "mine");

    assertThat(run("new", folder.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "lhttp: %s is not empty (there is notes.txt): name a folder that is to be made\n"
                .formatted(folder));
    assertThat(folder.resolve("lhttp.yaml")).doesNotExist();
  }

  @Test
  void failingTest_isReportedWithPosition() throws IOException {
    run("new", folder.toString());
    write(
        "tests/say.test.js",
        """
        import { connect, equal, test } from "lhttp:test";
        test("greets", () => {
          equal(connect("jack").send("say", "hi").reply, "hi Jack");
        });
        test("waits", async () => {
          await new Promise(() => {});
        });
        test("throws later", async () => {
          await null;
          throw new Error("late");
        });
        """);

    assertThat(run("test", folder.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "  FAIL  greets\n        tests/say.test.js:3:3: Error: expected \"hi Jack\", not \"you said hi, which makes 1\"")
        .contains(
            "  FAIL  waits\n        tests/say.test.js: it waits for something that never comes")
        .contains("  FAIL  throws later\n        tests/say.test.js:10:")
        .endsWith("0 passed, 3 failed\n");
  }

  @Test
  void scriptTests_seePublicationsRewritesAndBytes() throws IOException {
    run("new", folder.toString());
    write(
        "filters/no-shouting.js",
        "export const before = (ctx) => ctx.rewrite({ body: ctx.body.toLowerCase() });");
    write(
        "tests/say.test.js",
        """
        import { clock, connect, equal, match, ok, test } from "lhttp:test";
        test("subscribers get what was published", () => {
          const [jack, mike] = [connect("jack"), connect({ user: "mike", path: "/a?b" })];
          jack.send({ command: "x", headers: { subscribe: "kitchen" } });
          equal(jack.channels, ["kitchen"]);
          const sent = mike.send({ command: "chat", headers: { publish: "kitchen" }, body: "SOUP" });
          equal(sent.published.map(({ channel, message }) => [channel, message.body]), [["kitchen", "soup"]]);
          equal(sent.message.body, "soup");
          equal(jack.received.at(-1).body, "soup");
          match(sent.message.header("PUBLISH"), /kitchen/);
          mike.close();
          ok(jack.closed === null);
        });
        test("time moves by hand", () => {
          const before = clock.now();
          equal(clock.advance(1500) - before, 1500);
        });
        """);

    assertThat(run("test", folder.toString(), "--tap")).as(err + "\n" + out).isZero();
    assertThat(out.toString())
        .endsWith(
            "TAP version 13\n# tests/say.test.js\nok 1 - subscribers get what was published\nok 2 - time moves by hand\n1..2\n");
  }
}
