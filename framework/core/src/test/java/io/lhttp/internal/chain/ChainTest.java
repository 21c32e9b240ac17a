package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.lhttp.AttributeKey;
import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A message runs through filters in order to its processor. */
class ChainTest {
  private static final Message HELLO = Message.of("chat", "hello");
  private static final Outcome NOT_YOU = Outcome.refused(403, "not you");

  private final List<String> trail = new ArrayList<>();
  private final TestPipeline chain = new TestPipeline();

  @Test
  void filters_runInOrderAndReturnInReverse() {
    chain.step("a", tracing("a")).step("b", tracing("b")).processor("chat", e -> trail.add("chat"));

    chain.run(HELLO);

    assertThat(trail).containsExactly("a in", "b in", "chat", "b out", "a out");
  }

  @Test
  void chain_withoutFilters_runsProcessor() {
    chain.processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void filterWithoutMethods_letsMessagePass() {
    chain.filter("nothing", new Filter() {}).processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void filterThatAnswers_keepsMessageFromRest() {
    chain
        .step("a", tracing("a"))
        .step(
            "cache",
            (exchange, rest) -> {
              exchange.send("from the cache");
              return Outcome.done();
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.reply(HELLO).body()).isEqualTo("from the cache");
    assertThat(trail).containsExactly("a in", "a out");
  }

  @Test
  void outerFilter_seesRefusalOfInnerFilter() {
    var seen = new AtomicReference<Outcome>();
    chain
        .step(
            "watcher",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              seen.set(outcome);
              return outcome;
            })
        .step("door", (exchange, rest) -> exchange.refuse(403, "not you"))
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.refused(403, "not you"));
    assertThat(seen).hasValue(Outcome.refused(403, "not you"));
    assertThat(trail).isEmpty();
  }

  @Test
  void outerFilter_mayReplaceRefusal() {
    chain
        .step(
            "mild",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.done();
            })
        .step("door", (exchange, rest) -> Outcome.refused(403, "not you"));

    assertThat(chain.replies(HELLO)).isEmpty();
  }

  @Test
  void refuse_notReturned_keepsMessageFromRest() {
    chain
        .step("before", tracing("before"))
        .step(
            "forgetful",
            (exchange, rest) -> {
              exchange.refuse(403, "not you");
              return rest.proceed(exchange);
            })
        .step("behind", tracing("behind"))
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(trail).containsExactly("before in", "before out");
  }

  @Test
  void refuse_proceedResultIgnored_refuses() {
    chain
        .step(
            "forgetful",
            (exchange, rest) -> {
              exchange.refuse(403, "not you");
              rest.proceed(exchange);
              return Outcome.done();
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.reply(HELLO).headers().first("status")).contains("403");
    assertThat(trail).isEmpty();
  }

  @Test
  void refuse_doneReturnedWithoutProceed_refuses() {
    chain.step(
        "forgetful",
        (exchange, rest) -> {
          exchange.refuse(403, "not you");
          return Outcome.done();
        });

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
  }

  @Test
  void refuse_afterProceed_changesAnswerOnly() {
    var seen = new AtomicReference<Outcome>();
    chain
        .step("outer", watching(seen))
        .step(
            "late",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              exchange.refuse(403, "not you");
              return outcome;
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(seen).hasValue(NOT_YOU);
    assertThat(trail).containsExactly("chat");
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void refuse_afterInnerOutcome_stands(Outcome inner) {
    chain
        .step(
            "late",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              exchange.refuse(403, "not you");
              return outcome;
            })
        .step("inner", (exchange, rest) -> inner);

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void refuse_otherDecisionReturned_decisionCounts(Outcome decision) {
    chain
        .step(
            "decided",
            (exchange, rest) -> {
              rest.proceed(exchange);
              exchange.refuse(403, "not you");
              return decision;
            })
        .processor("chat", e -> {});

    assertThat(chain.run(HELLO)).isEqualTo(decision);
  }

  @Test
  void refuse_twice_lastCounts() {
    chain
        .step(
            "twice",
            (exchange, rest) -> {
              exchange.refuse(429, "too many");
              exchange.refuse(403, "not you");
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(trail).isEmpty();
  }

  @Test
  void refuse_innerLink_doesNotBindOuterFilter() {
    chain
        .step(
            "mild",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.done();
            })
        .step("door", (exchange, rest) -> exchange.refuse(403, "not you"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
  }

  @Test
  void refuse_processor_doesNotBindOuterFilter() {
    chain
        .step(
            "mild",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.done();
            })
        .processor("chat", e -> e.refuse(403, "not you"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
  }

  @Test
  void refuse_processorThatThenThrows_doesNotBindOuterFilter() {
    chain
        .step(
            "mild",
            (exchange, rest) -> {
              rest.proceed(exchange);
              return Outcome.done();
            })
        .processor(
            "chat",
            e -> {
              e.refuse(403, "not you");
              throw new IllegalStateException("broken");
            });

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
  }

  @Test
  void refuse_skippedFilterThatThenThrows_refuses() {
    chain
        .skipping(
            "broken",
            (exchange, rest) -> {
              exchange.refuse(403, "not you");
              throw new IllegalStateException("broken");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(trail).isEmpty();
  }

  @Test
  void refuse_skippedFilterThatThrowsAfterProceed_refuses() {
    chain
        .skipping(
            "broken",
            (exchange, rest) -> {
              rest.proceed(exchange);
              exchange.refuse(403, "not you");
              throw new IllegalStateException("broken");
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void refuse_inOnOpen_keepsMessageFromProcessorUntilOpened() {
    var openings = new AtomicInteger();
    chain.processor(
        "chat",
        new Processor() {
          @Override
          public void onOpen(Exchange exchange) {
            if (openings.incrementAndGet() == 1) {
              exchange.refuse(403, "not you");
            }
          }

          @Override
          public void onMessage(Exchange exchange) {
            trail.add("chat");
          }
        });

    assertThat(chain.run(HELLO)).isEqualTo(NOT_YOU);
    assertThat(trail).isEmpty();
    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(openings).hasValue(2);
    assertThat(trail).containsExactly("chat", "chat");
  }

  @Test
  void rewrite_byFilter_isSeenByRest() {
    chain
        .step(
            "polite",
            (exchange, rest) -> {
              exchange.rewrite(exchange.request().withBody("good morning"));
              return rest.proceed(exchange);
            })
        .step(
            "next",
            (exchange, rest) -> {
              trail.add(exchange.request().body());
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add(e.request().body()));

    chain.run(HELLO);

    assertThat(trail).containsExactly("good morning", "good morning");
  }

  @Test
  void rewrite_byProcessor_isSeenOnWayOut() {
    chain
        .step(
            "outer",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              trail.add(exchange.request().body());
              return outcome;
            })
        .processor("chat", e -> e.rewrite(e.request().withBody("rewritten")));

    chain.run(HELLO);

    assertThat(trail).containsExactly("rewritten");
  }

  @Test
  void rewrite_ofCommand_selectsItsProcessor() {
    chain
        .step(
            "alias",
            (exchange, rest) -> {
              exchange.rewrite(Message.of("chat", exchange.request().body()));
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add("chat"))
        .processor("old", e -> trail.add("old"));

    chain.run(Message.of("old", ""));

    assertThat(trail).containsExactly("chat");
  }

  @Test
  void filterThatCloses_closesConnection() {
    chain
        .step("door", (exchange, rest) -> Outcome.closed(CloseStatus.FORBIDDEN))
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.replies(HELLO)).isEmpty();
    assertThat(chain.connection.closed).contains(CloseStatus.FORBIDDEN);
    assertThat(trail).isEmpty();
  }

  @Test
  void proceed_twice_throwsAndNamesFilter() {
    var thrown = new AtomicReference<Throwable>();
    chain
        .step(
            "twice",
            (exchange, rest) -> {
              var outcome = rest.proceed(exchange);
              thrown.set(thrownBy(() -> rest.proceed(exchange)));
              return outcome;
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'twice'");
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void proceed_ofOuterFilterByInnerFilter_throws() {
    var outers = new ArrayList<Chain>();
    var thrown = new AtomicReference<Throwable>();
    chain
        .step(
            "outer",
            (exchange, rest) -> {
              outers.add(rest);
              return rest.proceed(exchange);
            })
        .step(
            "inner",
            (exchange, rest) -> {
              thrown.set(thrownBy(() -> outers.getFirst().proceed(exchange)));
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add("chat"));

    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'outer'");
    assertThat(trail).containsExactly("chat");
  }

  @Test
  void proceed_afterMessageEnded_throws() {
    var chains = new ArrayList<Chain>();
    var exchanges = new ArrayList<Exchange>();
    chain
        .step(
            "late",
            (exchange, rest) -> {
              chains.add(rest);
              exchanges.add(exchange);
              return Outcome.done();
            })
        .processor("chat", e -> trail.add("chat"));
    chain.run(HELLO);

    assertThat(thrownBy(() -> chains.getFirst().proceed(exchanges.getFirst())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'late'");
    assertThat(trail).isEmpty();
  }

  @Test
  void attributes_arePassedAlongAndEndWithExchange() {
    var key = AttributeKey.of("note", String.class);
    chain
        .step(
            "writer",
            (exchange, rest) -> {
              trail.add(exchange.attributes().get(key).orElse("nothing"));
              exchange.attributes().set(key, "a note");
              return rest.proceed(exchange);
            })
        .processor("chat", e -> trail.add(e.attributes().get(key).orElse("nothing")));

    chain.run(HELLO);
    chain.run(HELLO);

    assertThat(trail).containsExactly("nothing", "a note", "nothing", "a note");
  }

  @Test
  void publish_byFilter_reachesChannel() {
    chain.step(
        "copy",
        (exchange, rest) -> {
          exchange.publish("log", exchange.request());
          return rest.proceed(exchange);
        });

    chain.run(HELLO);

    assertThat(chain.published).containsExactly("log");
  }

  static Stream<Outcome> outcomes() {
    return Stream.concat(
        Stream.of(Outcome.done(), Outcome.Done.UNHANDLED, Outcome.refused(500, "inner")),
        decisions());
  }

  static Stream<Outcome> decisions() {
    return Stream.of(
        Outcome.refused(429, "too many").retryAfter(Duration.ofSeconds(1)),
        Outcome.closed(CloseStatus.FORBIDDEN));
  }

  private static TestPipeline.Step watching(AtomicReference<Outcome> seen) {
    return (exchange, rest) -> {
      var outcome = rest.proceed(exchange);
      seen.set(outcome);
      return outcome;
    };
  }

  private TestPipeline.Step tracing(String name) {
    return (exchange, rest) -> {
      trail.add(name + " in");
      var outcome = rest.proceed(exchange);
      trail.add(name + " out");
      return outcome;
    };
  }

  private static Throwable thrownBy(ThrowingCallable call) {
    return catchThrowable(call);
  }
}
