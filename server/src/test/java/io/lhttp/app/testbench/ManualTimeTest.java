package io.lhttp.app.testbench;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Main;
import io.lhttp.app.cli.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application's tests advance the time of scripts and of Java links by one clock. */
class ManualTimeTest {
  @TempDir private Path folder;

  @Test
  void scriptTests_moveAllTimeByTestClock() throws Exception {
    write(
        "lhttp.yaml",
        """
        chain:
          - rate-limit: { per: connection, rate: 1/m, burst: 1 }
        scripts: { threads: 1, fetch: [ "http://127.0.0.1:1/" ] }
        """);
    write(
        "processors/time.js",
        """
        let ticks = 0;
        const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const does = {
          ticks(ctx) { ctx.send(ticks); },
          start(ctx) { setInterval(() => ticks++, 1000); },
          later(ctx) {
            const { connection } = ctx;
            for (const ms of [300, 100, 200]) setTimeout(() => connection.send({ command: "late", body: ms }), ms);
          },
          remember(ctx) { ctx.shared.set("a", 1, { ttl: 10 }); },
          recall(ctx) { ctx.send(String(ctx.shared.get("a"))); },
          date(ctx) { ctx.send([Date.now(), new Date().getTime(), new Date(7).getTime(), typeof Date()]); },
          async sleep(ctx) { const from = Date.now(); await sleep(5000); ctx.send(Date.now() - from); },
          async never() { await new Promise(() => {}); },
          async race(ctx) {
            const answer = fetch("http://127.0.0.1:1/a").then((r) => r.text());
            ctx.send(await Promise.race([answer, sleep(50).then(() => "too late")]));
          },
        };
        export async function onMessage(ctx) { await does[ctx.body](ctx); }
        """);
    write(
        "tests/time.test.js",
        """
        import { clock, connect, equal, http, ok, test } from "lhttp:test";

        const say = (what) => connect().send("time", what);

        test("an interval ticks as often as the time allows", () => {
          say("start");
          equal(say("ticks").reply, "0");
          clock.advance(3500);
          equal(say("ticks").reply, "3");
          clock.advance(500);
          equal(say("ticks").reply, "4");
        });
        test("timers fire in their order", () => {
          const jack = connect();
          jack.send("time", "later");
          equal(jack.received.length, 0);
          clock.advance(250);
          equal(jack.received.map((m) => m.body), ["100", "200"]);
          clock.advance(1000);
          equal(jack.received.map((m) => m.body), ["100", "200", "300"]);
        });
        test("what is shared expires", () => {
          say("remember");
          clock.advance(9999);
          equal(say("recall").reply, "1");
          clock.advance(1);
          equal(say("recall").reply, "undefined");
        });
        test("dates are of that time", () => {
          clock.advance(1500);
          equal(JSON.parse(say("date").reply), [clock.now(), clock.now(), 7, "string"]);
          equal(clock.now(), Date.UTC(2026, 0, 1) + 1500);
        });
        test("a message that waits for a timer has it at once", () => {
          equal(say("sleep").reply, "5000");
          equal(clock.now(), Date.UTC(2026, 0, 1) + 5000);
        });
        test("a message that waits for nothing is given up in time", () => {
          equal(say("never").refused?.status, 504);
          equal(clock.now(), Date.UTC(2026, 0, 1) + 30000);
        });
        test("limits count by it", () => {
          const jack = connect();
          equal(jack.send("time", "ticks").refused, null);
          equal(jack.send("time", "ticks").refused?.status, 429);
          clock.advance(60000);
          equal(jack.send("time", "ticks").refused, null);
        });
        test("a fetch takes no time", () => {
          http.answer("GET http://127.0.0.1:1/*", "an answer");
          equal(say("race").reply, "an answer");
          equal(http.requests.map(({ method, url }) => `${method} ${url}`), ["GET http://127.0.0.1:1/a"]);
        });
        test("what has no answer fails", () => {
          const { refused } = say("race");
          ok(refused.reason.includes("the test has no answer for GET http://127.0.0.1:1/a"), refused.reason);
        });
        """);
    var out = new StringWriter();
    var err = new StringWriter();

    var code =
        Main.run(
            new Output(new PrintWriter(out, true), new PrintWriter(err, true)),
            "test",
            folder.toString());

    assertThat(code).as(err + "\n" + out).isZero();
    assertThat(out.toString()).endsWith("9 passed, 0 failed\n");
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
