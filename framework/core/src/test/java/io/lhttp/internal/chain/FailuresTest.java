package io.lhttp.internal.chain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A link that throws refuses the message, unless its filter may be skipped. */
class FailuresTest {
  private static final Message HELLO = Message.builder("chat").header("id", "7").build();
  private static final Outcome FAILED = Outcome.refused(500, "the server failed");

  private final CapturedLog log = new CapturedLog(Pipeline.class);
  private final TestPipeline chain = new TestPipeline();
  private final List<String> trail = new ArrayList<>();

  @AfterEach
  void endCapture() {
    log.close();
  }

  @Test
  void filterThatThrows_refusesMessage() {
    chain
        .step(
            "auth",
            (exchange, rest) -> {
              throw new IllegalStateException("secret of the database");
            })
        .processor("chat", e -> trail.add("chat"));

    var reply = chain.reply(HELLO);

    assertThat(trail).isEmpty();
    assertThat(reply.header("status")).contains("500");
    assertThat(reply.header("error")).contains("the server failed");
    assertThat(reply.header("id")).contains("7");
    assertThat(new String(reply.toBytes(), UTF_8)).doesNotContain("secret");
    assertThat(log.written()).contains("name=auth", "connection=stub", "secret of the database");
  }

  @Test
  void filterThatThrows_afterProceed_refusesMessage() {
    chain
        .step(
            "audit",
            (exchange, rest) -> {
              rest.proceed(exchange);
              throw new IllegalStateException("no space left");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void processorThatThrows_refusesMessage() {
    chain.processor(
        "chat",
        e -> {
          throw new IllegalStateException("broken");
        });

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(log.messages()).singleElement().asString().contains("processor", "name=chat");
  }

  @Test
  @SuppressWarnings("NullAway") // a careless filter, or one in another language, does this
  void filterThatReturnsNull_refusesMessageAndIsNamed() {
    chain.step("forgetful", (exchange, rest) -> null);

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(log.written())
        .contains("filter 'forgetful' returned no outcome: return chain.proceed(exchange)");
  }

  @Test
  void proceedTwice_uncaught_refusesMessage() {
    chain
        .step(
            "twice",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void outerFilter_seesFailureAsOutcome() {
    var seen = new AtomicReference<Outcome>();
    chain
        .step(
            "outer",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              seen.set(outcome);
              return outcome;
            })
        .processor(
            "chat",
            e -> {
              throw new IllegalStateException("broken");
            });

    chain.run(HELLO);

    assertThat(seen).hasValue(FAILED);
  }

  @Test
  void thrownRefusal_isNoFailure() {
    var refusal = Outcome.refused(429, "slow down").retryAfter(Duration.ofMillis(1_500));
    chain.processor(
        "chat",
        e -> {
          throw new RefusedException(refusal);
        });

    assertThat(chain.run(HELLO)).isEqualTo(refusal);
    assertThat(log.events()).isEmpty();
  }

  @Test
  void thrownProtocolException_isNoFailure() {
    chain.processor(
        "chat",
        e -> {
          throw new ProtocolException(400, 12, "multipart: offsets ascend");
        });

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.refused(400, "multipart: offsets ascend"));
    assertThat(log.events()).isEmpty();
  }

  @Test
  void protocolException_withStatus200_isFailure() {
    chain.processor(
        "chat",
        e -> {
          throw new ProtocolException(200, 0, "all is well");
        });

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
  }

  @Test
  void stackOverflow_isFailureOfItsLink() {
    chain
        .step(
            "outer",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              trail.add("outer out");
              return outcome;
            })
        .step("deep", (exchange, rest) -> Outcome.refused(endless(400), "unreached"))
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(trail).containsExactly("outer out");
    assertThat(log.messages()).singleElement().asString().contains("name=deep");
  }

  @Test
  void thrownError_isFailureOfItsLink() {
    chain.processor(
        "chat",
        e -> {
          throw new NoClassDefFoundError("gone");
        });

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
  }

  @Test
  void interruptedException_onBlockingThread_restoresInterrupt() {
    chain.processor(
        "chat",
        e -> {
          throw new InterruptedException();
        });

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void interruptedException_onEventLoop_leavesNoInterrupt() {
    chain.processor(
        "chat",
        e -> {
          throw new InterruptedException();
        });
    var slot = new BlockWatch(Duration.ofMillis(100)).slot(Thread.currentThread());

    assertThat(chain.run(HELLO, slot)).isEqualTo(FAILED);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void clientText_inLog_isEscaped() {
    chain.processor(
        "chat",
        e -> {
          throw new IllegalArgumentException(
              "no number: " + e.request().body(), new IllegalStateException(e.request().body()));
        });

    chain.run(Message.of("chat", "1\r\n2026 ERROR forged\u001b[31m\u0000"));

    assertThat(log.written())
        .contains("no number: 1\\r\\n2026 ERROR forged\\u001b[31m\\u0000")
        .doesNotContain("1\r\n2026", "\u001b", "\u0000");
  }

  @Test
  void clientText_inLog_isCut() {
    chain.processor(
        "chat",
        e -> {
          throw new IllegalArgumentException(e.request().body());
        });

    chain.run(Message.of("chat", "x".repeat(50_000)));

    assertThat(log.written()).doesNotContain("x".repeat(2_000));
  }

  @Test
  void manyFailures_areLoggedAtBoundedRate() {
    chain.processor(
        "chat",
        e -> {
          throw new IllegalStateException("broken");
        });

    for (var i = 0; i < 1_000; i++) {
      assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    }

    assertThat(log.events()).hasSizeBetween(1, 200);
  }

  @Test
  void skippableFilter_throwsBeforeProceed_isSkipped() {
    chain
        .skipping(
            "metrics",
            (exchange, rest) -> {
              throw new IllegalStateException("no registry");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).containsExactly("chat");
    assertThat(log.messages()).singleElement().asString().contains("name=metrics");
  }

  @Test
  void skippableFilter_throwsAfterProceed_keepsOutcome() {
    chain
        .skipping(
            "metrics",
            (exchange, rest) -> {
              rest.proceed(exchange);
              throw new IllegalStateException("no registry");
            })
        .step(
            "door",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.refused(403, "not you");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.refused(403, "not you"));
    assertThat(trail).containsExactly("chat");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void skippableFilter_atAnyPosition_isSkipped(int position) {
    for (var i = 0; i < 3; i++) {
      var name = "f" + i;
      if (i == position) {
        chain.skipping(
            name,
            (exchange, rest) -> {
              throw new IllegalStateException("no registry");
            });
      } else {
        chain.step(
            name,
            (exchange, rest) -> {
              trail.add(name);
              return rest.proceed(exchange);
            });
      }
    }
    chain.processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).hasSize(3).doesNotContain("f" + position).endsWith("chat");
  }

  @Test
  void skippableFilter_innerFilterFailed_messageIsRefused() {
    chain
        .skipping(
            "metrics",
            (exchange, rest) -> {
              rest.proceed(exchange);
              throw new IllegalStateException("no registry");
            })
        .step(
            "auth",
            (exchange, rest) -> {
              throw new IllegalStateException("no keys");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(FAILED);
    assertThat(trail).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // a careless filter, or one in another language, does this
  void skippableFilter_returnsNull_isSkipped() {
    chain.skipping("metrics", (exchange, rest) -> null).processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void skippableFilter_throwsRefusal_isSkipped() {
    chain
        .skipping(
            "copy",
            (exchange, rest) -> {
              throw new RefusedException(503, "the broker is out of reach");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void skippableFilter_returnsRefusal_refuses() {
    chain.skipping("odd", (exchange, rest) -> Outcome.refused(422, "it meant that"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.refused(422, "it meant that"));
  }

  @SuppressWarnings("InfiniteRecursion") // the test needs a stack overflow
  private static int endless(int n) {
    return endless(n + 1) + 1;
  }
}
