package io.lhttp.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.SubscriptionRequest;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A script reads messages, replies, publishes, rewrites and refuses by {@code ctx}. */
class ContextTest extends ScriptTestBase {
  private TestChain filter(String text) {
    var script = new Folder(path).write("filters/f.js", text).read(host, "filters/f.js");
    return TestChain.builder()
        .filter("f", script.filter("f", Map.of()))
        .processor("chat", exchange -> exchange.send("done"))
        .build();
  }

  @Test
  void processor_sends_repliesToSender() {
    var chain = processor("export function onMessage(ctx) { ctx.send(`you said ${ctx.body}`); }");
    assertThat(reply(chain, Message.of("chat", "hi"))).isEqualTo("you said hi");
  }

  @Test
  void filter_refuses_matchingMessagesOnly() {
    var chain =
        filter(
            """
            export function before(ctx) {
              if (ctx.body && ctx.body === ctx.body.toUpperCase()) ctx.refuse(422, "no shouting");
            }
            """);
    var connection = chain.connect("jack");
    assertThat(chain.send(connection, Message.of("chat", "HELLO")).outcome())
        .isEqualTo(Outcome.refused(422, "no shouting"));
    assertThat(chain.send(connection, Message.of("chat", "hello")).outcome())
        .isEqualTo(Outcome.done());
  }

  private static final List<Map.Entry<String, String>> FOUND =
      List.of(
          Map.entry("ctx.command", "chat"),
          Map.entry("ctx.header('From')", "mike"),
          Map.entry("String(ctx.header('nothing'))", "undefined"),
          Map.entry(
              "JSON.stringify(ctx.headers)", "[[\"from\",\"mike\"],[\"x\",\"1\"],[\"x\",\"2\"]]"),
          Map.entry("ctx.json().a", "1"),
          Map.entry("ctx.bytes.length", "7"),
          Map.entry("ctx.binary", "false"),
          Map.entry("ctx.connection.id", "jack"),
          Map.entry("String(ctx.connection.user)", "undefined"),
          Map.entry("ctx.connection.open", "true"),
          Map.entry("ctx.generation", "1"),
          Map.entry("ctx.options.limit + ctx.options.words.join('')", "3ab"),
          Map.entry("(ctx.attributes.set('k', {a: [1]}), ctx.attributes.get('k').a[0])", "1"),
          Map.entry(
              "(ctx.connection.attributes.set('n', 'v'), ctx.connection.attributes.get('n'))", "v"),
          Map.entry("[ctx.shared.increment('c'), ctx.shared.increment('c', 5)]", "1,6"),
          Map.entry(
              "(ctx.shared.set('o', {a: 1}), ctx.shared.update('o', o => ({a: o.a + 1})).a)", "2"),
          Map.entry("String(ctx.shared.get('never'))", "undefined"),
          Map.entry("crypto.randomUUID().length", "36"),
          Map.entry("new TextDecoder().decode(new TextEncoder().encode('ü'))", "ü"),
          Map.entry("atob(btoa('hello'))", "hello"),
          Map.entry("structuredClone({a: new Date(0), b: [new Map([[1, 2]])]}).b[0].get(1)", "2"),
          Map.entry(
              "new URL('../x?q=1#h', 'HTTP://Example.com:80/a/b/c').href",
              "http://example.com/a/x?q=1#h"),
          Map.entry("new URL('http://u:p@h:81/p?a=1&a=2').searchParams.getAll('a')", "1,2"),
          Map.entry("new URLSearchParams({a: 'b c', d: '&'})", "a=b+c&d=%26"),
          Map.entry("URL.canParse('nonsense')", "false"));

  @Test
  void context_offersEachDocumentedProperty() {
    var expressions =
        FOUND.stream()
            .map(Map.Entry::getKey)
            .collect(joining(",\n  (ctx) => ", "const found = [(ctx) => ", "];\n"));
    var chain =
        processor(
            expressions
                + """
                export function onMessage(ctx) {
                  ctx.reply({ body: found.map((f) => f(ctx)).join("\\n") });
                }
                """,
            Map.of("limit", 3, "words", List.of("a", "b")));
    var message =
        Message.builder("chat")
            .header("from", "mike")
            .header("x", "1")
            .header("x", "2")
            .body("{\"a\":1}")
            .build();
    assertThat(reply(chain, message).lines())
        .containsExactlyElementsOf(FOUND.stream().map(Map.Entry::getValue).toList());
  }

  @Test
  void reply_withOwnCommandHeadersAndBytes_isSentAsWritten() {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              ctx.reply({ command: "other", headers: { a: 1, b: ["x", "y"] }, body: ctx.bytes });
            }
            """);
    var binary = Message.builder("chat").body(new byte[] {1, -1}).build();
    var reply = chain.send(chain.connect("jack"), binary).replies().getFirst();
    assertThat(reply)
        .isEqualTo(
            Message.builder("other")
                .header("a", "1")
                .header("b", "x")
                .header("b", "y")
                .body(new byte[] {1, -1})
                .build());
  }

  @Test
  void publish_sendsRequestOrGivenMessage() {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              ctx.publish("a");
              ctx.publish("b", { headers: { x: 1 }, body: { y: 2 } });
            }
            """);
    var message = Message.builder("chat").header("id", "7").header("k", "v").body("hi").build();
    var result = chain.send(chain.connect("jack"), message);
    assertThat(result.published())
        .containsExactly(
            new TestChain.Published("a", message.without("id")),
            new TestChain.Published(
                "b", Message.builder("chat").header("x", "1").body("{\"y\":2}").build()));
  }

  @Test
  void after_seesOutcomeAndRewrittenMessage() {
    var chain =
        filter(
            """
            export function before(ctx) { ctx.rewrite({ headers: { x: "1" }, body: "new" }); }
            export function after(ctx, outcome) {
              ctx.reply({ headers: { outcome: outcome.kind + outcome.status }, body: ctx.body });
            }
            """);
    var replies = chain.send(chain.connect("jack"), Message.of("chat", "old")).replies();
    assertThat(replies.getLast())
        .isEqualTo(Message.builder("chat").header("outcome", "done200").body("new").build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ctx.rewrite({ headers: { a: 1 } }) | a:1",
        "ctx.rewrite({ headers: {} }) | ''",
        "ctx.rewrite({ headers: [['a', 1], ['A', 2]] }) | a:1 A:2",
        "ctx.rewrite({ headers: ctx.headers.filter(([name]) => name !== 'y') }) | publish:room X:1 x:2",
        "ctx.rewrite({ headers: new Map([...ctx.headers, ['x', 4]]) }) | publish:room X:1 x:4 y:3",
        "ctx.rewrite({ headers: new Map(ctx.headers).entries() }) | publish:room X:1 x:2 y:3",
        "ctx.rewrite({ headers: new URLSearchParams('a=1&a=2') }) | a:1 a:2",
        "ctx.rewrite({ headers: [['a', undefined], ['b', [1, 2]], ['c', null]] }) | b:1 b:2",
        "ctx.rewrite({ body: 'b' }) | publish:room X:1 x:2 y:3",
        "ctx.rewrite({ headers: null, body: 'b' }) | publish:room X:1 x:2 y:3",
        "ctx.setHeader('X', 7) | publish:room X:7 y:3",
        "ctx.setHeader('x', [8, 9]) | publish:room x:8 x:9 y:3",
        "ctx.setHeader('z', true) | publish:room X:1 x:2 y:3 z:true",
        "ctx.setHeader('y', null) | publish:room X:1 x:2",
        "ctx.removeHeader('X') | publish:room y:3",
        "ctx.removeHeader('nothing') | publish:room X:1 x:2 y:3",
        "(ctx.removeHeader('PUBLISH'), ctx.setHeader('y', 'new')) | X:1 x:2 y:new",
      })
  void rewrite_replacesAllHeadersOrOne(String change, String expected) {
    var chain =
        filter(
            """
            export function before(ctx) { %s; }
            export function after(ctx) {
              ctx.reply({ headers: { seen: "" }, body: ctx.headers.map((pair) => pair.join(":")).join(" ") });
            }
            """
                .formatted(change));

    var message =
        Message.builder("chat")
            .header("publish", "room")
            .header("X", "1")
            .header("x", "2")
            .header("y", "3")
            .body("hi")
            .build();

    var replies = chain.send(chain.connect("jack"), message).replies();

    assertThat(replies.getLast().body()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ headers: {} } | id:7",
        "{ headers: [] } | id:7",
        "{ headers: { a: undefined, b: null, c: [] } } | id:7",
        "{ headers: ctx.headers.filter(() => false), body: 'x' } | id:7",
        "{ headers: new Map(), body: ctx.bytes } | id:7",
        "{ headers: { a: 1 } } | a:1 id:7",
        "{ headers: null } | secret:1 id:7",
        "{ headers: undefined, command: 'other' } | secret:1 id:7",
        "{ headers: new Map([['a', 1], ['b', [2, 3]]]) } | a:1 b:2 b:3 id:7",
        "\"text\" | secret:1 id:7",
      })
  void replyWithHeaders_replacesAllHeaders(String reply, String expected) {
    var chain = processor("export function onMessage(ctx) { ctx.reply(%s); }".formatted(reply));

    var message = Message.builder("chat").header("secret", "1").header("id", "7").body("hi");
    var sent = chain.send(chain.connect("jack"), message.build()).replies().getFirst();

    assertThat(sent.headers())
        .extracting(header -> header.name() + ":" + header.value())
        .containsExactly(expected.split(" ", -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ctx.rewrite({ headers: 'a:1' })",
        "ctx.reply({ headers: 7 })",
        "ctx.reply({ headers: ['a:1'] })",
        "ctx.publish('room', { headers: () => {} })",
        "ctx.connection.send({ command: 'a', headers: ['a', 'b'] })",
      })
  void headers_withoutPairs_throwTypeError(String call) {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              let thrown = "nothing";
              try { %s; } catch (error) { thrown = `${error.name}: ${error.message}`; }
              ctx.send(thrown);
            }
            """
                .formatted(call));

    assertThat(reply(chain, Message.of("chat", "")))
        .isEqualTo("TypeError: headers are an object, or pairs of a name and a value");
  }

  @Test
  void replyWithBytes_keepsOrderAndCaseOfHeaders() {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              ctx.send(ctx.bytes);
              ctx.reply({ body: ctx.bytes });
              ctx.reply({ headers: ctx.headers, body: ctx.bytes });
            }
            """);
    var message = Message.builder("chat").header("ID", "77").header("X", "1").body("hi").build();

    assertThat(chain.send(chain.connect("jack"), message).replies())
        .hasSize(3)
        .allSatisfy(reply ->
            assertThat(new String(reply.toBytes(), UTF_8))
                .isEqualTo("LHTTP/1.0 chat\r\nID:77\r\nX:1\r\n\r\nhi"));
  }

  @ParameterizedTest
  @CsvSource({
    "a\\r\\nb, a\\r\\nb",
    "a\\tb, a\\tb",
    "\\u0000\\u001b[2J, \\u0000\\u001b[2J",
    "\\u0085é, \\u0085é"
  })
  void refusalWithControlCharacters_escapesThem(String reason, String expected) {
    var chain =
        processor("export function onMessage(ctx) { ctx.refuse(422, \"%s\"); }".formatted(reason));

    var result = chain.send(chain.connect("jack"), Message.of("chat", ""));

    assertThat(result.outcome()).isEqualTo(Outcome.refused(422, expected));
  }

  @Test
  void refusalOfSeventyKilobytes_isShortenedToOne() {
    var chain =
        processor("export function onMessage(ctx) { ctx.refuse(422, 'é'.repeat(35_000)); }");

    var result = chain.send(chain.connect("jack"), Message.of("chat", ""));

    assertThat(result.replies().getFirst().header("error")).contains("é".repeat(510) + "…");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":["})
  void jsonNestedTooDeeply_is400(String level) {
    var chain = processor("export function onMessage(ctx) { ctx.json(); }");
    for (var depth : new int[] {257, 100_000}) {
      var message = Message.of("chat", level.repeat(depth));
      assertThat(chain.send(chain.connect("jack"), message).outcome())
          .isEqualTo(Outcome.refused(400, "the body's JSON is nested too deeply"));
    }
  }

  @Test
  void jsonNestedDeeply_isRead() {
    var chain = processor("export function onMessage(ctx) { ctx.send(ctx.json().length); }");
    assertThat(reply(chain, Message.of("chat", "[".repeat(256) + "]".repeat(256)))).isEqualTo("1");
    assertThat(reply(chain, Message.of("chat", "[\"" + "\\\"[{".repeat(2_000) + "\"]")))
        .isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(ints = {1004, 1005, 1006, 1015, 1016, 2999, 999, 5000})
  void close_withReservedCode_throws(int code) {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              try { ctx.connection.close(%d, "no"); } catch (error) { ctx.send(error.message); }
            }
            """
                .formatted(code));
    var connection = chain.connect("jack");

    var reply = chain.send(connection, Message.of("chat", "")).replies().getFirst().body();

    assertThat(reply).contains("close code").contains("" + code);
    assertThat(connection.open()).isTrue();
  }

  @Test
  void asyncHandler_isAwaited() {
    var chain =
        processor(
            """
            const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
            export async function onMessage(ctx) {
              await sleep(5);
              ctx.send(ctx.body + " later");
            }
            """);
    assertThat(chain.mayBlock(Message.of("chat", ""))).isTrue();
    var result = chain.send(chain.connect("jack"), Message.of("chat", "hi"));
    assertThat(result.outcome()).isEqualTo(Outcome.done());
    assertThat(result.replies()).extracting(Message::body).containsExactly("hi later");
  }

  @Test
  void json_ofMalformedBody_refusesWith400() {
    var chain = processor("export function onMessage(ctx) { ctx.json(); }");
    assertThat(chain.send(chain.connect("jack"), Message.of("chat", "{")).outcome())
        .isEqualTo(Outcome.refused(400, "the body is not JSON"));
  }

  @Test
  void importedFile_changed_changesFingerprint() {
    var folder =
        new Folder(path)
            .write("lib/words.js", "export const word = 'hi';")
            .write(
                "processors/chat.js",
                """
                import { word } from "../lib/words.js";
                export function onMessage(ctx) { ctx.send(word); }
                """);
    var script = folder.read(host, "processors/chat.js");
    assertThat(script.files()).containsExactly("processors/chat.js", "lib/words.js");
    var chain = TestChain.builder().processor("chat", script.processor("chat", Map.of())).build();
    assertThat(reply(chain, Message.of("chat", ""))).isEqualTo("hi");
    folder.write("lib/words.js", "export const word = 'ho';");
    assertThat(folder.read(host, "processors/chat.js").fingerprint())
        .isNotEqualTo(script.fingerprint());
  }

  @Test
  void openAndClose_callHandlers() {
    var chain =
        filter(
            """
            export function onOpen(ctx) { ctx.connection.attributes.set("n", 1); }
            export function before(ctx) { ctx.send(String(ctx.connection.attributes.get("n"))); }
            export function onClose(ctx) { ctx.connection.send({ command: "bye" }); }
            """);
    var connection = chain.connect("jack");
    assertThat(chain.send(connection, Message.of("chat", "")).replies().getFirst().body())
        .isEqualTo("1");
    chain.end(connection);
    assertThat(connection.sent().getLast().command()).isEqualTo("bye");
  }

  @Test
  void review_revokesAskedChannels() {
    var chain =
        filter(
            """
            export function before(ctx) {}
            export function onReview(ctx) {
              const { connection } = ctx;
              if (connection.user === "mallory") connection.close(4401, "go");
              for (const channel of connection.asked) {
                if (channel !== "news") connection.revoke(channel, 403, "no more");
              }
              connection.revoke("nothing of that name");
            }
            """);
    var connection = chain.connect("jack");
    var asking = Message.builder("chat").header("subscribe", "news gossip").build();
    connection.subscribe(
        new SubscriptionRequest(
            List.of("news", "gossip", "own"), Optional.empty(), Optional.of(asking)));
    chain.review(connection);
    assertThat(connection.channels()).containsExactly("news", "own");
    assertThat(connection.sent())
        .singleElement()
        .isEqualTo(
            Message.builder("unsubscribed")
                .header("unsubscribed", "gossip")
                .header("status", "403")
                .header("error", "no more")
                .build());
    connection.authenticate(new Principal("mallory", Map.of()));
    chain.review(connection);
    assertThat(connection.closed()).map(CloseStatus::code).contains(4401);
  }

  @Test
  void parts_areReadAndBytesAreSentAsBytes() {
    var chain =
        processor(
            """
            export function onMessage(ctx) {
              const lines = ctx.parts.map((part) =>
                `${part.header("k")} ${JSON.stringify(part.headers)} ${part.body} ${part.bytes.length}`);
              ctx.reply({ body: lines.join("\\n") });
              const [first] = ctx.parts;
              if (ctx.binary) ctx.send(new Uint8Array([...first.bytes, 255]).subarray(1));
            }
            """);
    var text =
        Message.builder("chat")
            .header("multipart", "0 14")
            .body("k1:v1\r\n\r\nbody1k2:v2\r\n\r\nbödy2")
            .build();
    assertThat(reply(chain, text).lines())
        .containsExactly(
            "undefined [[\"k1\",\"v1\"]] body1 5", "undefined [[\"k2\",\"v2\"]] bödy2 6");
    var binary =
        Message.builder("chat").header("multipart", "0").body(new byte[] {'\r', '\n', 7, 8});
    var replies = chain.send(chain.connect("jack"), binary.build()).replies();
    assertThat(replies).extracting(Message::format).containsOnly(Message.Format.BINARY);
    assertThat(replies.getLast().bodyBytes()).containsExactly(8, -1);
    assertThat(reply(chain, Message.of("chat", "no parts"))).isEmpty();
  }
}
