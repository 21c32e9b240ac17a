package io.lhttp.scripts.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.ScriptTestBase;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timers, intervals, microtasks and expiry run in order by the host's clock. */
class TimersTest extends ScriptTestBase {
  @Test
  void interval_repeatsUntilCleared() {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              const { connection } = ctx;
              let count = 0;
              const id = setInterval((word) => {
                connection.send({ command: "tick", body: word + ++count });
                if (count === 3) clearInterval(id);
              }, 100, "no ");
            }
            """)) {
      var connection = chain.connect("jack");
      chain.send(connection, Message.of("chat", ""));
      time.advance(Duration.ofMillis(250));
      assertThat(connection.sent()).extracting(Message::body).containsExactly("no 1", "no 2");
      time.advance(Duration.ofSeconds(10));
      assertThat(connection.sent()).extracting(Message::body).endsWith("no 3").hasSize(3);
    }
  }

  @Test
  void microtasks_runAfterCurrentCodeBeforeTimers() {
    try (var chain =
        processor(
            """
            export async function onMessage(ctx) {
              const order = [];
              await new Promise((resolve) => {
                setTimeout(() => { order.push("timer"); resolve(); }, 0);
                queueMicrotask(() => order.push("microtask"));
                Promise.resolve().then(() => order.push("then"));
                order.push("now");
              });
              ctx.send(order.join(" "));
            }
            """)) {
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("now microtask then timer");
    }
  }

  @Test
  void timersOfOneClient_leaveSomeToAnother() {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              for (let i = 0; i < ctx.body; i++) setTimeout(() => {}, 1000);
              ctx.send("set");
            }
            """)) {
      var jack = chain.connect("jack");
      assertThat(chain.send(jack, Message.of("chat", "600")).outcome())
          .isEqualTo(Outcome.refused(500, "the server failed"));
      assertThat(chain.send(jack, Message.of("chat", "1")).outcome())
          .isEqualTo(Outcome.refused(500, "the server failed"));

      var jill = chain.connect("jill");
      jill.authenticate(new Principal("jill", Map.of()));
      assertThat(chain.send(jill, Message.of("chat", "100")).replies())
          .extracting(Message::body)
          .containsExactly("set");

      time.advance(Duration.ofSeconds(2));
      assertThat(chain.send(jack, Message.of("chat", "400")).replies())
          .extracting(Message::body)
          .containsExactly("set");
    }
  }

  @Test
  void endlessTimerChain_delaysNoMessage() {
    try (var chain =
        processor(
            """
            let rounds = 0;
            const again = () => { rounds++; setTimeout(again, 0); };
            export function onMessage(ctx) {
              if (ctx.body === "start") again();
              ctx.send(rounds);
            }
            """)) {
      var connection = chain.connect("jack");
      chain.send(connection, Message.of("chat", "start"));
      time.advance(Duration.ofSeconds(1));
      var rounds = Integer.parseInt(body(chain, connection));
      assertThat(rounds).as("one per millisecond").isBetween(900, 1_001);
      time.advance(Duration.ofMillis(10));
      assertThat(Integer.parseInt(body(chain, connection))).isEqualTo(rounds + 10);
    }
  }

  @Test
  void endlessTimerChain_inRealTime_delaysNoMessage() {
    try (var real = ScriptHost.builder().eventLoops(1).build()) {
      var script =
          new Folder(path)
              .write(
                  "processors/chat.js",
                  """
                  const again = () => setTimeout(again, 0);
                  again();
                  export async function onMessage(ctx) {
                    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
                    ctx.send("fine");
                  }
                  """)
              .read(real, "processors/chat.js");
      try (var chain =
          TestChain.builder().processor("chat", script.processor("chat", Map.of())).build()) {
        assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("fine");
      }
    }
  }

  @Test
  void sharedValues_expireAfterTtl() {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              const { shared } = ctx;
              if (ctx.body === "set") {
                shared.set("a", { b: 1 }, { ttl: 10 });
                shared.increment("n", 5, { ttl: 2.5 });
              }
              shared.update("a", (a) => a && { b: a.b + 1 });
              ctx.send([shared.get("a")?.b, shared.increment("n"), shared.has("a")].join());
            }
            """)) {
      assertThat(reply(chain, Message.of("chat", "set"))).isEqualTo("2,6,true");
      time.advance(Duration.ofMillis(2_499));
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("3,7,true");
      time.advance(Duration.ofMillis(1));
      assertThat(reply(chain, Message.of("chat", ""))).as("n anew").isEqualTo("4,1,true");
      time.advance(Duration.ofMillis(7_500));
      assertThat(reply(chain, Message.of("chat", ""))).isEqualTo(",2,false");
    }
  }

  @Test
  void refusal_withRetryAfter_tellsClient() {
    try (var chain =
        processor(
            "export function onMessage(ctx) { ctx.refuse(503, 'later', { retryAfter: 1.5 }); }")) {
      var result = chain.send(chain.connect("jack"), Message.of("chat", ""));
      assertThat(result.outcome())
          .isEqualTo(Outcome.refused(503, "later").retryAfter(Duration.ofMillis(1_500)));
      assertThat(result.replies().getFirst().header("retry-after")).contains("2");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Infinity, PT24H",
    "1e300, PT24H",
    "86400.001, PT24H",
    "86399.5, PT23H59M59.5S",
    "'\"2\"', PT2S",
    "-1,",
    "-Infinity,",
    "-1e300,",
    "0,",
    "null,",
  })
  void retryAfter_isBounded(String seconds, @Nullable Duration pause) {
    try (var chain =
        processor(
            "export function onMessage(ctx) { ctx.refuse(503, 'later', { retryAfter: %s }); }"
                .formatted(seconds))) {
      var outcome = chain.send(chain.connect("jack"), Message.of("chat", "")).outcome();

      assertThat(outcome).isEqualTo(new Outcome.Refused(503, "later", Optional.ofNullable(pause)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "'soon'", "{}", "[1, 2]"})
  void retryAfter_notANumber_throwsInScript(String seconds) {
    try (var chain =
        processor(
            """
            export function onMessage(ctx) {
              try { ctx.refuse(503, 'later', { retryAfter: %s }); } catch (e) { ctx.refuse(499, e.message); }
            }
            """
                .formatted(seconds))) {
      assertThat(chain.send(chain.connect("jack"), Message.of("chat", "")).outcome())
          .isEqualTo(Outcome.refused(499, "retryAfter is a number of seconds"));
    }
  }

  private static String body(TestChain chain, RecordingConnection connection) {
    return chain.send(connection, Message.of("chat", "")).replies().getFirst().body();
  }
}
