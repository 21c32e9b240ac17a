package io.lhttp.internal.chain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.Reply;
import io.lhttp.message.Message;
import io.lhttp.message.Message.Format;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client gets the replies, refusals and acknowledgements that docs/protocol.md describes. */
class RepliesTest {
  private static final byte[] NO_TEXT = {(byte) 0xff, 0, 1};

  private final TestPipeline chain = new TestPipeline();

  @Test
  void send_bodyOnly_repeatsCommandAndHeaders() {
    chain.processor("chat", e -> e.send("pong"));
    var request =
        Message.builder("chat").header("B", "2").header("a", "1").header("b", "3").body("ping");

    assertThat(chain.reply(request.build())).isEqualTo(request.body("pong").build());
  }

  @Test
  void processorWithoutReply_sendsNothing() {
    chain.processor("chat", e -> {});

    assertThat(chain.replies(Message.of("chat", "hello"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"'a\nb', 'a\\nb'", "'a\r\nstatus:200', 'a\\r\\nstatus:200'", "'\0', '\\u0000'"})
  void refusal_controlCharacters_areSentEscaped(String reason, String sent) {
    chain.processor("chat", e -> e.refuse(422, reason));
    chain.processor(
        "throw",
        e -> {
          throw new RefusedException(422, reason);
        });

    for (var command : List.of("chat", "throw")) {
      var reply = chain.reply(Message.of(command, ""));
      assertThat(reply.header("status")).contains("422");
      assertThat(reply.header("error")).contains(sent);
    }
  }

  @Test
  void processor_severalReplies_areAllSent() {
    chain.processor(
        "count",
        e -> {
          e.send("1");
          e.reply().body("2").send();
          e.send("3");
        });

    assertThat(chain.replies(Message.of("count", "")))
        .extracting(Message::body)
        .containsExactly("1", "2", "3");
  }

  @Test
  void reply_neverContainsAuthorization() {
    chain.processor(
        "chat",
        e -> {
          e.send("a");
          e.reply().body("b").send();
          e.rewrite(
              e.request().toBuilder()
                  .without("authorization")
                  .header("x", "y")
                  .header("AUTHORIZATION", "secret")
                  .build());
          e.send("c");
          e.reply().command("other").send();
        });
    var request =
        Message.builder("chat").header("Authorization", "Bearer secret").header("k", "v").build();

    assertThat(chain.replies(request))
        .hasSize(4)
        .allSatisfy(reply -> {
          assertThat(new String(reply.toBytes(), UTF_8))
              .doesNotContainIgnoringCase("authorization");
          assertThat(reply.header("k")).contains("v");
        });
  }

  @Test
  void reply_withOwnHeader_dropsRequestHeaders() {
    chain.processor("chat", e -> e.reply().header("a", "1").header("b", "2").body("x").send());
    var request = Message.builder("chat").header("content-type", "json").build();

    assertThat(chain.reply(request))
        .isEqualTo(Message.builder("chat").header("a", "1").header("b", "2").body("x").build());
  }

  @Test
  void reply_withoutHeaders_hasIdAlone() {
    chain.processor(
        "chat",
        e -> {
          e.reply().withoutHeaders().body("x").send();
          e.reply().header("a", "1").withoutHeaders().header("b", "2").body("x").send();
        });
    var request = Message.builder("chat").header("secret", "1").header("id", "7").build();

    assertThat(chain.replies(request))
        .extracting(reply -> new String(reply.toBytes(), UTF_8))
        .containsExactly(
            "LHTTP/1.0 chat\r\nid:7\r\n\r\nx", "LHTTP/1.0 chat\r\nb:2\r\nid:7\r\n\r\nx");
  }

  @Test
  void reply_withOwnCommand_keepsRequestHeaders() {
    chain.processor("chat", e -> e.reply().command("told").body("x").send());
    var request = Message.builder("chat").header("k", "v").build();

    assertThat(chain.reply(request))
        .isEqualTo(Message.builder("told").header("k", "v").body("x").build());
  }

  @Test
  void replies_allCarryRequestId() {
    chain.processor(
        "chat",
        e -> {
          e.send("a");
          e.reply().send();
          e.reply().header("k", "v").send();
          e.reply().header("id", "another").send();
          e.refuse(422, "no");
        });
    var request = Message.builder("chat").header("id", "7").build();

    assertThat(chain.replies(request))
        .hasSize(5)
        .allSatisfy(reply ->
            assertThat(reply.headers())
                .filteredOn(header -> header.name().equals("id"))
                .extracting(io.lhttp.message.Header::value)
                .containsExactly("7"));
  }

  @Test
  void reply_afterRewrite_carriesReceivedId() {
    chain
        .step(
            "rewriter",
            (exchange, rest) -> {
              exchange.rewrite(Message.builder("chat").header("id", "other").build());
              return rest.proceed(exchange);
            })
        .processor(
            "chat",
            e -> {
              e.send("a");
              e.rewrite(Message.of("chat", "no id at all"));
              e.send("b");
              e.refuse(422, "no");
            });
    var request = Message.builder("chat").header("id", "7").build();

    assertThat(chain.replies(request))
        .hasSize(3)
        .allSatisfy(reply -> assertThat(reply.header("id")).contains("7"));
  }

  @Test
  void reply_requestHeaders_keepOrderAndCase() {
    chain
        .step(
            "rewriter",
            (exchange, rest) -> {
              exchange.rewrite(exchange.request().withBody("again"));
              return rest.proceed(exchange);
            })
        .processor(
            "chat",
            e -> {
              e.send("text");
              e.reply().body("bytes".getBytes(UTF_8)).send();
              e.reply().command("chat").body("reply").send();
              var copied = e.reply();
              e.request().headers().forEach(h -> copied.header(h.name(), h.value()));
              copied.body("copied").send();
            });
    var request = Message.builder("chat").header("ID", "77").header("X", "1").body("in").build();

    assertThat(chain.replies(request))
        .extracting(reply -> new String(reply.toBytes(), UTF_8))
        .containsExactly(
            "LHTTP/1.0 chat\r\nID:77\r\nX:1\r\n\r\ntext",
            "LHTTP/1.0 chat\r\nID:77\r\nX:1\r\n\r\nbytes",
            "LHTTP/1.0 chat\r\nID:77\r\nX:1\r\n\r\nreply",
            "LHTTP/1.0 chat\r\nID:77\r\nX:1\r\n\r\ncopied");
  }

  @Test
  void reply_withOtherId_carriesReceivedId() {
    chain.processor(
        "chat",
        e -> {
          e.reply().header("Id", "other").header("x", "1").header("id", "third").send();
          e.rewrite(Message.builder("chat").header("id", "other").header("x", "1").build());
          e.reply().body("").send();
        });
    var request = Message.builder("chat").header("id", "7").build();

    assertThat(chain.replies(request))
        .extracting(reply -> new String(reply.toBytes(), UTF_8))
        .containsExactly(
            "LHTTP/1.0 chat\r\nId:7\r\nx:1\r\n\r\n", "LHTTP/1.0 chat\r\nx:1\r\nid:7\r\n\r\n");
  }

  @Test
  void reply_requestWithoutId_hasNone() {
    chain.processor("chat", e -> e.reply().header("k", "v").send());

    assertThat(chain.reply(Message.of("chat", "")).headers()).hasSize(1);
  }

  @Test
  void reply_hasFormatOfRequest() {
    chain.processor(
        "chat",
        e -> {
          e.send("a");
          e.reply().body(NO_TEXT).send();
          e.refuse(422, "no");
        });
    var request = Message.builder("chat").body(NO_TEXT).build();

    var replies = chain.replies(request);

    assertThat(replies).extracting(Message::format).containsOnly(Format.BINARY);
    assertThat(replies.get(1).bodyBytes()).isEqualTo(NO_TEXT);
  }

  @Test
  void reply_afterRewriteOfFormat_keepsReceivedFormat() {
    chain
        .step(
            "rewriter",
            (exchange, rest) -> {
              exchange.rewrite(exchange.request().toBuilder().format(Format.BINARY).build());
              return rest.proceed(exchange);
            })
        .processor(
            "chat",
            e -> {
              e.send("a");
              e.reply().body("b").send();
            });

    assertThat(chain.replies(Message.of("chat", "text")))
        .extracting(Message::format)
        .containsExactly(Format.TEXT, Format.TEXT);
  }

  @Test
  void textRequest_replyNotUtf8_isAnsweredWith500() {
    chain.processor("chat", e -> e.reply().body(NO_TEXT).send());

    assertThat(chain.reply(Message.of("chat", "")).header("status")).contains("500");
  }

  @Test
  void malformedReply_throwsAndIsNotSent() {
    var reply = new AtomicReference<Reply>();
    chain.processor(
        "chat",
        e -> {
          reply.set(e.reply());
          assertThatThrownBy(() -> e.reply().header("a b", "c"))
              .isInstanceOf(IllegalArgumentException.class);
          assertThatThrownBy(() -> e.reply().header("a", "b\r\nc: d"))
              .isInstanceOf(IllegalArgumentException.class);
          assertThatThrownBy(() -> e.reply().command("a b"))
              .isInstanceOf(IllegalArgumentException.class);
        });

    assertThat(chain.replies(Message.of("chat", ""))).isEmpty();
  }

  @Test
  void reply_sentTwice_throws() {
    chain.processor(
        "chat",
        e -> {
          var reply = e.reply().body("once");
          reply.send();
          assertThatThrownBy(reply::send).isInstanceOf(IllegalStateException.class);
        });

    assertThat(chain.reply(Message.of("chat", "")).body()).isEqualTo("once");
  }

  @Test
  void refusal_hasStatusErrorAndEmptyBody() {
    chain.processor("chat", e -> e.refuse(422, "no shouting"));
    var request = Message.builder("chat").header("content-type", "json").body("HELLO").build();

    assertThat(chain.reply(request))
        .isEqualTo(
            Message.builder("chat").header("status", "422").header("error", "no shouting").build());
  }

  @Test
  void refusal_retryAfter_isRoundedUp() {
    chain.step(
        "limit",
        (exchange, rest) -> Outcome.refused(429, "slow down").retryAfter(Duration.ofMillis(1_001)));

    assertThat(chain.reply(Message.of("chat", "")).header("retry-after")).contains("2");
  }

  @Test
  void refuse_twice_lastCounts() {
    chain.processor(
        "chat",
        e -> {
          e.refuse(400, "first");
          e.refuse(422, "last");
        });

    assertThat(chain.run(Message.of("chat", ""))).isEqualTo(Outcome.refused(422, "last"));
  }

  @Test
  void replyAndRefusal_areBothSent() {
    chain.processor(
        "chat",
        e -> {
          e.send("half of it");
          e.refuse(422, "the rest is nonsense");
        });

    assertThat(chain.replies(Message.of("chat", ""))).hasSize(2);
  }

  @Test
  void ack_hasStatus200AndEmptyBody() {
    chain.processor("chat", e -> {});
    var request = Message.builder("chat").header("ack", "true").header("id", "7").body("x").build();

    assertThat(chain.reply(request))
        .isEqualTo(Message.builder("chat").header("status", "200").header("id", "7").build());
  }

  @Test
  void ack_comesAfterReplies() {
    chain.processor("chat", e -> e.send("content"));
    var request = Message.builder("chat").header("ack", "true").build();

    var replies = chain.replies(request);

    assertThat(replies).hasSize(2);
    assertThat(replies.getFirst().body()).isEqualTo("content");
    assertThat(replies.getLast().header("status")).contains("200");
  }

  @Test
  void refusedMessage_isNotAcknowledged() {
    chain.processor("chat", e -> e.refuse(422, "no"));
    var request = Message.builder("chat").header("ack", "true").build();

    assertThat(chain.reply(request).header("status")).contains("422");
  }

  @Test
  void ack_valueOtherThanTrue_isIgnored() {
    chain.processor("chat", e -> {});

    assertThat(chain.replies(Message.builder("chat").header("ack", "false").build())).isEmpty();
  }

  @Test
  void ack_afterRewrite_isStillSent() {
    chain.processor("chat", e -> e.rewrite(Message.of("chat", "")));

    assertThat(chain.reply(Message.builder("chat").header("ack", "true").build()).header("status"))
        .contains("200");
  }

  @Test
  void unknownCommand_isAnsweredWith404() {
    var reply = chain.reply(Message.builder("nothing").header("id", "7").body("x").build());

    assertThat(reply.header("status")).contains("404");
    assertThat(reply.command()).isEqualTo("nothing");
    assertThat(reply.header("id")).contains("7");
    assertThat(reply.body()).isEmpty();
  }

  @Test
  void unknownCommand_handledByFilter_isNotRefused() {
    chain.step(
        "handler",
        (exchange, rest) -> {
          rest.proceed(exchange);
          return Outcome.done();
        });

    assertThat(chain.replies(Message.of("nothing", ""))).isEmpty();
  }

  @Test
  void unknownCommand_answeredByFilter_isNotRefused() {
    chain.step(
        "answerer",
        (exchange, rest) -> {
          exchange.send("an answer");
          return rest.proceed(exchange);
        });

    assertThat(chain.reply(Message.of("nothing", "")).body()).isEqualTo("an answer");
  }

  @Test
  void unknownCommand_outerFilterSeesUnhandled() {
    var seen = new AtomicReference<Outcome>();
    chain.step(
        "outer",
        (exchange, rest) -> {
          var outcome = rest.proceed(exchange);
          seen.set(outcome);
          return outcome;
        });

    chain.run(Message.of("nothing", ""));

    assertThat(seen).hasValue(Outcome.Done.UNHANDLED);
  }
}
