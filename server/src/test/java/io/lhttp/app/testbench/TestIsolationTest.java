package io.lhttp.app.testbench;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Main;
import io.lhttp.app.cli.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No filter sends a request to another server in an application's tests. */
class TestIsolationTest {
  @TempDir private Path folder;

  /** Listens at the address that the application names, and must see no connection. */
  private ServerSocketChannel outside;

  @BeforeEach
  void listen() throws IOException {
    outside = ServerSocketChannel.open();
    outside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    outside.configureBlocking(false);
    write(
        "lhttp.yaml",
        """
        chain:
          - auth:
              jwt: { jwks: "http://127.0.0.1:PORT/keys" }
              permissions: [ { channel: "user:${user}" }, { channel: gold, claims: { tier: 3 } } ]
          - rate-limit: { per: user, rate: 20/m, burst: 20 }
          - events: { to: "http://127.0.0.1:PORT/hooks" }
          - upstream:
              named: { store: { targets: [ "http://127.0.0.1:PORT/" ], health: { path: /health } } }
              routes: { record: POST store, recall: "GET http://127.0.0.1:PORT/all" }
              breaker: { failures: 2, pause: 10s }
          - pubsub
        scripts: { fetch: [ "http://127.0.0.1:PORT/" ] }
        """);
    write(
        "processors/ask.js",
        """
        export async function onMessage(ctx) {
          ctx.send(await (await fetch("http://127.0.0.1:PORT/asked")).text());
        }
        """);
  }

  @AfterEach
  void close() throws IOException {
    outside.close();
  }

  @Test
  void userNamedByTest_isPrincipalBehindAuth() throws Exception {
    run(
        4,
        """
        test("a user with claims", () => {
          const jack = connect({ user: "jack", claims: { tier: 3 } });
          equal(jack.send({ command: "x", headers: { subscribe: "user:jack gold" } }).refused, null);
          equal(jack.channels, ["user:jack", "gold"]);
        });
        test("another user", () => {
          equal(connect("mike").send({ command: "x", headers: { subscribe: "user:jack" } }).refused?.status, 403);
          equal(connect("mike").send({ command: "x", headers: { subscribe: "gold" } }).refused?.status, 403);
        });
        test("nobody", () => {
          equal(connect().send("x").refused?.status, 401);
        });
        test("somebody who comes after another has left", () => {
          const [jack, mike] = [connect("jack"), connect("mike")];
          jack.close();
          const jill = connect("jill");
          equal(jill.send({ command: "x", headers: { subscribe: "user:jill" } }).refused, null);
          equal(mike.channels, []);
        });
        """);
  }

  @Test
  void requestsOfFilters_areAnsweredByTest() throws Exception {
    run(
        6,
        """
        const asked = (path) => http.requests.filter(({ url }) => url.endsWith(path));
        const jack = () => connect("jack");

        test("an upstream's answer", () => {
          http.answer("GET http://127.0.0.1:PORT/all", { body: [1], headers: { "content-type": "application/json" } });
          const { replies } = jack().send("recall");
          equal(replies.map((one) => [one.header("content-type"), one.body]), [["application/json", "[1]"]]);
        });
        test("what an upstream is sent", () => {
          http.answer("POST http://127.0.0.1:PORT/", { status: 204 });
          equal(jack().send("record", "hello").refused, null);
          const [request] = asked("PORT/");
          equal([request.method, request.body, request.header("lhttp-user")], ["POST", "hello", "jack"]);
        });
        test("what has no answer fails, and a breaker goes by the test's clock", () => {
          const one = jack();
          const send = () => one.send("record").refused?.status;
          const statuses = [send(), send(), send()];
          equal([statuses.at(0), statuses.at(-1)], [502, 503]);
          const count = asked("PORT/").length;
          equal([send(), asked("PORT/").length], [503, count]);
          clock.advance(60000);
          http.answer("POST http://127.0.0.1:PORT/", { status: 201 });
          equal([send(), asked("PORT/").length], [undefined, count + 1]);
        });
        test("events", () => {
          http.answer("POST http://127.0.0.1:PORT/hooks", { status: 200 });
          const one = jack();
          clock.advance(1500);
          one.send({ command: "x", headers: { subscribe: "user:jack" } });
          one.close();
          equal(
            asked("/hooks").map((request) => request.json()).map(({ event, user, time }) => [event, user, time]),
            [
              ["open", "jack", "2026-01-01T00:00:00Z"],
              ["subscribe", "jack", "2026-01-01T00:00:01.500Z"],
              ["close", "jack", "2026-01-01T00:00:01.500Z"],
            ]);
        });
        test("an issuer's keys", () => {
          const part = (value) => btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
          const token = `${part({ alg: "RS256", kid: "k" })}.${part({ sub: "jack" })}.${part("signature")}`;
          const who = { headers: { authorization: `Bearer ${token}` } };
          equal(connect(who).closed, 1011);
          equal(asked("/keys").length, 1);
        });
        test("what a script fetches", () => {
          http.answer("GET *", "answered");
          equal(jack().send("ask").reply, "answered");
        });
        """);
  }

  private void run(int tests, String text) throws Exception {
    write(
        "tests/all.test.js",
        "import { clock, connect, equal, http, test } from \"lhttp:test\";\n" + text);
    var out = new StringWriter();
    var err = new StringWriter();

    var code =
        Main.run(
            new Output(new PrintWriter(out, true), new PrintWriter(err, true)),
            "test",
            folder.toString());

    assertThat(code).as(err + "\n" + out).isZero();
    assertThat(out.toString()).endsWith(tests + " passed, 0 failed\n");
    assertThat(outside.accept()).as("somebody has connected").isNull();
  }

  private void write(String name, String content) throws IOException {
    var port = Integer.toString(((InetSocketAddress) outside.getLocalAddress()).getPort());
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content.replace("PORT", port));
  }
}
