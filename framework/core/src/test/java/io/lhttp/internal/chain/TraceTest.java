package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.message.Message;
import org.junit.jupiter.api.Test;

/** A message that asks for a trace gets one in its last reply. */
class TraceTest {
  private static final Message ASKING = Message.builder("chat").header("trace", "true").build();

  private final TestPipeline chain = new TestPipeline().explaining();

  @Test
  void trace_namesLinkVerdictAndTime() {
    chain.step("auth", (e, rest) -> rest.proceed(e));
    chain.step(
        "tidy",
        (e, rest) -> {
          e.rewrite(e.request().withBody("tidied"));
          return rest.proceed(e);
        });
    chain.processor("chat", e -> e.send("pong"));

    assertThat(chain.reply(ASKING).header("trace").orElseThrow())
        .matches("generation=1 auth=passed,\\d+us tidy=rewrote,\\d+us processor=handled,\\d+us");
  }

  @Test
  void trace_ofRefusal_endsAtRefusingLink() {
    chain.step("first", (e, rest) -> rest.proceed(e));
    chain.step("strict", (e, rest) -> e.refuse(422, "no shouting"));
    chain.step("never", (e, rest) -> rest.proceed(e));

    var refusal = chain.reply(ASKING);

    assertThat(refusal.header("error")).contains("no shouting");
    assertThat(times(refusal)).isEqualTo("generation=1 first=passed strict=refused");
  }

  @Test
  void trace_outcomeChangedOnWayOut_namesThatLink() {
    chain.step(
        "late",
        (e, rest) -> {
          rest.proceed(e);
          return e.refuse(403, "too late");
        });
    chain.step(
        "pubsub",
        (e, rest) -> {
          rest.proceed(e);
          return Outcome.done();
        });

    assertThat(times(chain.reply(ASKING))).isEqualTo("generation=1 late=refused pubsub=handled");
  }

  @Test
  void trace_namesFailedAndSkippedLinks() {
    chain.skipping(
        "watcher",
        (e, rest) -> {
          throw new IllegalStateException("no disk");
        });
    chain.processor(
        "chat",
        e -> {
          throw new IllegalStateException("no luck");
        });

    assertThat(times(chain.reply(ASKING)))
        .isEqualTo("generation=1 watcher=skipped processor=failed");
  }

  @Test
  void trace_severalReplies_isOnLast() {
    chain.step(
        "after",
        (e, rest) -> {
          var outcome = rest.proceed(e);
          e.reply().body("2").send();
          return outcome;
        });
    chain.processor("chat", e -> e.reply().body("1").send());

    var replies = chain.replies(ASKING);

    assertThat(replies).extracting(Message::body).containsExactly("1", "2");
    assertThat(replies.getFirst().header("trace")).contains("true");
    assertThat(times(replies.getLast())).isEqualTo("generation=1 after=passed processor=handled");
  }

  @Test
  void trace_withoutProcessor_endsWithLastFilter() {
    chain.step("first", (e, rest) -> rest.proceed(e));
    chain.step(
        "pubsub",
        (e, rest) -> {
          var _ = rest.proceed(e);
          return Outcome.done();
        });

    var answer = chain.reply(ASKING);

    assertThat(answer.header("status")).contains("200");
    assertThat(times(answer)).isEqualTo("generation=1 first=passed pubsub=handled");
  }

  @Test
  void trace_withoutReply_isSentAlone() {
    chain.processor("chat", e -> {});

    var answer = chain.reply(ASKING);

    assertThat(answer.header("status")).contains("200");
    assertThat(times(answer)).isEqualTo("generation=1 processor=handled");
  }

  @Test
  void trace_replyBeforeClose_isSent() {
    chain.step(
        "bye",
        (e, rest) -> {
          e.send("bye");
          return Outcome.closed(CloseStatus.NORMAL);
        });

    assertThat(times(chain.reply(ASKING))).isEqualTo("generation=1 bye=closed");
  }

  @Test
  void trace_separatorsInNames_areReplaced() {
    chain.step("a b=c\r\nd", (e, rest) -> rest.proceed(e));
    chain.processor("chat", e -> {});

    assertThat(times(chain.reply(ASKING)))
        .isEqualTo("generation=1 a_b_c__d=passed processor=handled");
  }

  @Test
  void trace_longChain_isCut() {
    for (var i = 0; i < 300; i++) {
      chain.step("filter-with-a-name-" + i, (e, rest) -> rest.proceed(e));
    }
    chain.processor("chat", e -> {});

    assertThat(chain.reply(ASKING).header("trace").orElseThrow())
        .hasSizeLessThan(8_000)
        .endsWith(" …");
  }

  @Test
  void trace_notAllowedOrNotAskedFor_isNotSent() {
    var silent = new TestPipeline().processor("chat", e -> e.send("pong"));
    chain.processor("chat", e -> e.send("pong"));

    assertThat(silent.reply(ASKING).header("trace")).contains("true");
    assertThat(chain.reply(Message.of("chat", "")).header("trace")).isEmpty();
  }

  /** The trace of a reply, without its times. */
  private static String times(Message reply) {
    return reply.header("trace").orElseThrow().replaceAll(",\\d+us", "");
  }
}
