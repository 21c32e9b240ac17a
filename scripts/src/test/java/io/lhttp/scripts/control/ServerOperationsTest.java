package io.lhttp.scripts.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.Principal;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditEvent;
import io.lhttp.control.Control;
import io.lhttp.control.Target;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonReader;
import io.lhttp.message.Message;
import io.lhttp.revocation.FileRevocations;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocations;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ctx.server} does the same as {@code LhttpServer.control()}. */
class ServerOperationsTest {
  /** Calls an operation with the arguments in the body, and replies with its result in JSON. */
  private static final String SCRIPT =
      """
      export async function onMessage(ctx) {
        const [method, ...args] = ctx.json();
        try {
          ctx.send({ result: await ctx.server[method](...args) });
        } catch (error) {
          ctx.send({ status: error.status, reason: error.message });
        }
      }
      """;

  @TempDir private Path folder;

  private ScriptHost host;
  private MemoryBroker broker;
  private Revocations revocations;
  private LhttpServer server;
  private TestClient caller;
  private TestClient alice;

  @BeforeEach
  void start() throws Exception {
    host = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).build();
    var script =
        new Folder(folder).write("processors/call.js", SCRIPT).read(host, "processors/call.js");
    broker = new MemoryBroker(Map.of("room:*", new Retention(10, Duration.ofMinutes(1), 1 << 20)));
    revocations =
        Revocations.in(
            new FileRevocations(folder.resolve("revocations")), Revocations.Bounds.DEFAULT);
    revocations.start(Duration.ofSeconds(60));
    server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .eventLoops(1)
            .broker(broker)
            .revocations(revocations)
            .processor("call", script.processor("call", Map.of()))
            .processor(
                "login",
                exchange -> {
                  exchange
                      .connection()
                      .authenticate(new Principal(exchange.request().body(), Map.of("sid", "s1")));
                  exchange.send("in");
                })
            .start();
    host.control(server.control());
    caller = TestClient.connect(server.uri());
    alice = TestClient.connect(server.uri());
    assertThat(alice.request(Message.of("login", "alice")).body()).isEqualTo("in");
  }

  @AfterEach
  void stop() {
    caller.close();
    alice.close();
    server.close();
    revocations.close();
    broker.close();
    host.close();
  }

  @Test
  void subscribePublishAndHistory_agreeWithJava() throws Exception {
    var target = Map.of("user", "alice");
    var changes = map(call("subscribe", target, List.of("room:a"), Map.of("last", 5)));
    assertThat(changes).containsEntry("changed", 1.0);
    assertThat(alice.receive().header("channel")).contains("room:a");

    var position =
        text(
            call(
                "publish",
                "room:a",
                Map.of("command", "news", "headers", Map.of("x", "1"), "body", "hi")));
    var received = alice.receive();
    assertThat(received.body()).isEqualTo("hi");
    assertThat(received.header("x")).contains("1");
    assertThat(received.header("position")).contains(position);

    var history = map(call("history", "room:a", Map.of("limit", 1)));
    var page = done(server.control().history("room:a", Optional.empty(), 1));
    assertThat(history).containsEntry("head", page.head().toString());
    assertThat(list(history, "messages")).hasSize(1);
    assertThat(map(list(history, "messages").getFirst()))
        .containsEntry("body", "hi")
        .containsEntry("position", position);
    var begin = text(call("resetHistory", "room:a"));
    assertThat(done(server.control().history("room:a", Optional.empty(), 1)).head())
        .hasToString(begin);
    assertThat(map(call("broadcast", List.of("room:b", "plain"), "x")))
        .containsOnlyKeys("room:b", "plain");
  }

  @Test
  void questions_agreeWithJava() throws Exception {
    call("subscribe", Map.of("session", "s1"), List.of("room:a"));

    assertThat(list(map(call("presence", "room:a")), "members"))
        .containsExactly(Map.of("user", "alice", "connections", 1.0));
    assertThat(map(call("presenceStats", "room:a"))).containsEntry("users", 1.0);
    assertThat(list(map(call("channels")), "channels"))
        .containsExactly(Map.of("name", "room:a", "subscribers", 1.0));
    var connections = list(map(call("connections", Map.of("channel", "room:a"))), "connections");
    var same =
        done(server.control().connections(Optional.of(Target.user("alice")), 10))
            .connections()
            .getFirst();
    assertThat(map(connections.getFirst()))
        .containsEntry("id", same.id())
        .containsEntry("server", same.server())
        .containsEntry("user", "alice")
        .containsEntry("session", "s1");
    assertThat(list(map(call("connections")), "connections")).hasSize(2);
    assertThat(list(map(call("info")), "servers")).hasSize(1);
  }

  @Test
  void changes_actAndAreAuditedUnderTheFile() throws Exception {
    call("refresh", Map.of("user", "alice"), Map.of("claims", Map.of("n", 1)));
    call("unsubscribe", Map.of("user", "alice"), List.of("room:a"));
    var closed = map(call("disconnect", Map.of("user", "alice"), 4403, "out"));

    assertThat(closed).containsEntry("changed", 1.0);
    assertThat(map(closed.get("reach"))).containsEntry("complete", true);
    assertThat(alice.closed().code()).isEqualTo(4403);
    assertThat(server.control().audit().latest(10))
        .extracting(AuditEvent::actor, AuditEvent::method, AuditEvent::target)
        .startsWith(
            tuple(new Actor(Actor.Kind.SCRIPT, "processors/call.js"), "disconnect", "user alice"));
  }

  @Test
  void revocationsAndBlocks_areInTheListAsFromJava() throws Exception {
    call("revoke", Map.of("jti", "7"), Map.of("expires", 4_102_444_800.5));
    call("revoke", Map.of("user", "tom"), Map.of("before", 1_000));
    call("block", "alice", 4_102_444_800L);

    assertThat(alice.closed().code()).isEqualTo(4403);
    var end = Instant.ofEpochSecond(4_102_444_800L);
    assertThat(listed())
        .containsExactlyInAnyOrder(
            Revocation.id("7", Optional.of(end.plusMillis(500))),
            Revocation.user("tom", Instant.ofEpochSecond(1_000), Optional.empty()),
            Revocation.block("alice", Optional.of(end)));

    call("unblock", "alice");
    call("unrevoke", Map.of("user", "tom"));
    assertThat(listed()).extracting(Revocation::target).containsExactly("7");
  }

  private List<Revocation> listed() throws Exception {
    return done(server
            .control()
            .revocations(EnumSet.allOf(Revocation.Kind.class), "", Control.MAX_LIMIT))
        .entries();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "['disconnect', {'user': ''}]                  | 400 | 1 to 1024 characters",
        "['disconnect', {'name': 'x'}]                 | 400 | no target by name",
        "['disconnect', {'user': 'x', 'session': 'y'}] | 400 | one of user",
        "['disconnect']                                | 400 | expected a target",
        "['disconnect', {'user': 'x'}, 1006]           | 400 | never sent",
        "['subscribe', {'user': 'x'}, ['a b']]         | 400 | channel",
        "['subscribe', {'user': 'x'}, []]              | 400 | 1 to 1000 channels",
        "['history', 'plain']                          | 409 | no history",
        "['history', 'room:a', {'since': 'x'}]         | 400 | position",
        "['connections', null, {'limit': 0}]           | 400 | limit of 1 to 1000",
        "['connections', null, {'limit': 1.5}]         | 400 | whole number",
        "['refresh', {'user': 'x'}, {'expires': 1e300}]| 400 | seconds",
        "['revoke', {'name': 'x'}]                     | 400 | no tokens by name",
        "['revoke', {'all': false}]                    | 400 | expected true",
        "['revoke', {'sha256': 'x'}]                   | 400 | SHA-256",
        "['revoke', {'jti': 'x'}, {'before': 1}]       | 400 | no instant",
        "['block']                                     | 400 | text as user",
      })
  void malformedArgument_rejectsWithStatusAndReason(String call, int status, String reason) {
    var failure = map(JsonReader.read(send(call.replace('\'', '"')), 8));

    assertThat(failure).containsEntry("status", (double) status);
    assertThat(String.valueOf(failure.get("reason"))).contains(reason);
  }

  @Test
  void withoutServer_rejects() throws Exception {
    try (var other = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).build()) {
      var script = new Folder(folder).read(other, "processors/call.js");
      try (var alone =
          LhttpServer.builder()
              .host("127.0.0.1")
              .port(0)
              .processor("call", script.processor("call", Map.of()))
              .start()) {
        var client = TestClient.connect(alone.uri());
        assertThat(client.request(Message.of("call", "[\"info\"]")).body())
            .contains("503", "needs a running server");
        client.close();
      }
    }
  }

  private Object call(String... method) {
    return result(List.of((Object[]) method));
  }

  private Object call(String method, Object first, Object... more) {
    var all = new ArrayList<Object>(List.of(method, first));
    all.addAll(List.of(more));
    return result(all);
  }

  private Object result(List<Object> call) {
    var answer = send(Json.value(call));
    var result = map(JsonReader.read(answer, 16)).get("result");
    return Objects.requireNonNull(result, answer);
  }

  private String send(String json) {
    return caller.request(Message.of("call", json)).body();
  }

  private static String text(Object value) {
    return (String) value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> of, String name) {
    return (List<Object>) Objects.requireNonNull(of.get(name));
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
