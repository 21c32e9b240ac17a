import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, describe, test } from "node:test";
import {
  connect,
  decode,
  DisconnectedError,
  ProtocolError,
  publishOverHttp,
  QueueFullError,
  RefusedError,
  TimeoutError,
} from "../lhttp.js";
import { client, commands, connected, outcome, settle, uninstall, watch } from "./fakes.js";

describe("connect", () => {
  test("connect_returnsBeforeAnyListenerIsCalled", async () => {
    const order = [];
    class WebSocket {
      constructor() {
        throw new Error("forbidden here");
      }
    }
    const connection = connect("ws://server/", { WebSocket });
    connection.on("error", () => order.push("error"));
    order.push("returned", connection.state);
    await settle();
    assert.deepEqual(order, ["returned", "connecting", "error"]);
    connection.close();
  });

  test("httpAddress_isConvertedAndLosesItsFragment", async () => {
    class WebSocket {
      constructor(url) {
        this.constructor.url = url;
      }
      close() {}
    }
    const connection = connect("https://server/chat?a=b#c", { WebSocket });
    await settle();
    assert.equal(WebSocket.url, "wss://server/chat?a=b");
    connection.close();
  });

  test("wrongArgument_isNamed", () => {
    const WebSocket = class {};
    assert.throws(() => connect("/chat", { WebSocket }), /TypeError: url "\/chat": expected ws:\/\/HOST:PORT\//);
    assert.throws(() => connect("ftp://server/", { WebSocket }), /TypeError: url .* expected ws: or wss:, got ftp:/);
    assert.throws(() => connect("ws://server/", { WebSocket, timeOut: 1 }), /TypeError: option "timeOut": .*requestTimeout/);
    for (const requestTimeout of [0, -1, Infinity, NaN, "5"]) {
      assert.throws(() => connect("ws://server/", { WebSocket, requestTimeout }), /RangeError: option requestTimeout: expected/);
    }
  });

  test("runtimeWithoutWebSocket_isNamed", () => {
    const { WebSocket } = globalThis;
    try {
      delete globalThis.WebSocket;
      assert.throws(() => connect("ws://server/"), /TypeError: option WebSocket: expected that of the package ws/);
    } finally {
      if (WebSocket) globalThis.WebSocket = WebSocket;
    }
  });

  test("slowAttempt_isAbandoned", async () => {
    const { clock, sockets, reported, connection } = await client({ connectTimeout: 3000 });
    for (const [attempt, reconnectIn] of [250, 500].entries()) {
      await clock.advance(2999);
      assert.equal(connection.state, "connecting");
      await clock.advance(1);
      assert.equal(sockets[attempt].closedWith, "no code");
      assert.deepEqual(reported.close[attempt], { code: 1006, reason: "not open after 3000 ms", reconnectIn });
      await sockets[attempt].open();
      assert.equal(connection.state, "waiting");
      await clock.advance(reconnectIn);
    }
  });
});

describe("send", () => {
  test("beforeOpen_messagesWaitInOrder", async () => {
    const { connection, socket } = await client();
    connection.send({ command: "one" });
    connection.send({ command: "two", body: Uint8Array.of(255) });
    assert.deepEqual(socket.sent, []);
    await socket.open();
    connection.send({ command: "three" });
    assert.deepEqual(commands(socket), ["one", "two", "three"]);
    assert.equal(typeof socket.sent[0], "string");
    assert.ok(socket.sent[1] instanceof Uint8Array);
  });

  test("whileWaiting_messagesAreKept", async () => {
    const fake = await connected();
    await fake.socket.end(1006);
    fake.connection.send({ command: "later" });
    await fake.clock.advance(1000);
    await fake.socket.open();
    assert.deepEqual(commands(fake.socket), ["later"]);
  });

  test("queueSent_isEmptyAgain", async () => {
    const fake = await client({ maxQueuedBytes: 50 });
    const body = "x".repeat(20);
    for (const command of ["one", "two", "three"]) {
      fake.connection.send({ command, body });
      await fake.socket.open();
      assert.deepEqual(commands(fake.socket), [command]);
      await fake.socket.end(1006);
      await fake.clock.advance(5000);
    }
  });

  test("messagesWhileSocketCloses_areKept", async () => {
    const fake = await connected();
    fake.socket.readyState = 2;
    fake.connection.send({ command: "later" });
    await fake.socket.end(1006);
    await fake.clock.advance(1000);
    await fake.socket.open();
    assert.deepEqual(commands(fake.socket), ["later"]);
  });

  test("fullQueue_refusesByNumberAndByBytes", async () => {
    const few = await client({ maxQueued: 2 });
    few.connection.send({ command: "a" });
    few.connection.send({ command: "b" });
    assert.throws(() => few.connection.send({ command: "c" }), QueueFullError);
    await few.socket.open();
    assert.deepEqual(commands(few.socket), ["a", "b"]);

    const small = await client({ maxQueuedBytes: 100 });
    assert.throws(() => small.connection.send({ command: "a", body: "é".repeat(45) }), QueueFullError);
    small.connection.send({ command: "a", body: "é".repeat(40) });
    assert.throws(() => small.connection.send({ command: "b" }), QueueFullError);
  });

  test("fullSocket_refuses", async () => {
    const { connection, socket } = await connected({ maxQueuedBytes: 100 });
    socket.bufferedAmount = 101;
    assert.throws(() => connection.send({ command: "a" }), QueueFullError);
    socket.bufferedAmount = 0;
    connection.send({ command: "a" });
    assert.deepEqual(commands(socket), ["a"]);
  });

  test("tooLongOrMalformedMessage_isRefused", async () => {
    const { connection, socket } = await connected({ maxMessageBytes: 100 });
    assert.throws(() => connection.send({ command: "a", body: "x".repeat(86) }), /RangeError: a message of 101 bytes/);
    assert.throws(() => connection.send({ command: "a", headers: { b: "c\r\nd:e" } }), ProtocolError);
    assert.throws(() => connection.send("text"), ProtocolError);
    assert.deepEqual(socket.sent, []);
  });
});

describe("request", () => {
  test("repliesInAnyOrder_findTheirRequests", async () => {
    const { connection, socket, reported } = await connected();
    const first = connection.request({ command: "add", headers: { a: 1 }, body: "1" });
    const second = connection.request({ command: "add", body: "2" });
    const [id1, id2] = socket.messages.map(({ headers }) => headers.get("id"));
    assert.notEqual(id1, id2);
    assert.equal(socket.messages[0].headers.get("a"), "1");
    await socket.receive("add", { id: id2 }, "two");
    await socket.receive("add", { id: id1 }, "one");
    assert.deepEqual([(await first).body, (await second).body], ["one", "two"]);
    assert.deepEqual(reported.message, []);
  });

  test("replyWithPublishHeader_isNoDelivery", async () => {
    const { connection, socket } = await connected();
    const delivered = [];
    connection.subscribe("room", (message) => delivered.push(message));
    const reply = connection.request({ command: "chat", headers: { publish: "room" }, body: "hello" });
    await socket.receiveRaw(socket.sent.at(-1));
    assert.equal((await reply).body, "hello");
    assert.deepEqual(delivered, []);
  });

  test("refusal_hasStatusErrorAndRetryAfter", async () => {
    const { connection, socket } = await connected();
    const request = watch(connection.request({ command: "chat" }));
    await socket.reply("chat", { status: 429, error: "slow down", "retry-after": 2 });
    const { error } = await outcome(request);
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.status, error.error, error.retryAfter], [429, "slow down", 2]);
    assert.equal(error.message, "request chat was refused: 429 slow down");
    assert.equal(error.reply.command, "chat");
  });

  test("statusBelow400OrNoStatus_isSuccess", async () => {
    const { connection, socket } = await connected();
    for (const status of [200, 399, "999", "0x190", "bad"]) {
      const request = connection.request({ command: "c" });
      await socket.reply("c", { status }, "fine");
      assert.equal((await request).body, "fine");
    }
  });

  test("furtherReplies_goToListeners", async () => {
    const { connection, socket, reported } = await connected();
    const request = connection.request({ command: "count" });
    await socket.reply("count", {}, "1");
    await socket.reply("count", {}, "2");
    assert.equal((await request).body, "1");
    assert.deepEqual(reported.message.map(({ body }) => body), ["2"]);
  });

  test("noConnectionInTime_rejectsAndSaysSo", async () => {
    const { connection, clock } = await client({ requestTimeout: 2000 });
    const request = watch(connection.request({ command: "b" }));
    await clock.advance(2000);
    const { error } = await outcome(request);
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, "request b: no connection, and no reply, within 2000 ms");
  });

  test("noReplyInTime_rejects", async () => {
    const { connection, clock, socket, reported } = await connected({ requestTimeout: 2000 });
    const patient = connection.request({ command: "a" }, { timeout: 5000 });
    const request = watch(connection.request({ command: "b" }));
    await clock.advance(1999);
    assert.equal((await outcome(request)).state, "pending");
    await clock.advance(1);
    const { error } = await outcome(request);
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, "request b: no reply within 2000 ms");
    await socket.reply("b", {}, "late");
    assert.deepEqual(reported.message.map(({ body }) => body), ["late"]);
    assert.equal((await outcome(patient)).state, "pending");
  });

  test("requestTimedOutInQueue_isNotSent", async () => {
    const { connection, clock, socket } = await client({ requestTimeout: 2000 });
    const request = watch(connection.request({ command: "stale" }));
    await clock.advance(2000);
    assert.ok((await outcome(request)).error instanceof TimeoutError);
    await socket.open();
    assert.deepEqual(socket.sent, []);
  });

  test("abortSignal_rejectsBeforeAndDuringWait", async () => {
    const { connection, clock, socket } = await connected();
    const before = clock.pending;
    const late = await outcome(connection.request({ command: "a" }, { signal: AbortSignal.abort("too late") }));
    assert.equal(late.error, "too late");
    assert.deepEqual(socket.sent, []);
    const controller = new AbortController();
    const request = connection.request({ command: "a" }, { signal: controller.signal });
    controller.abort("changed my mind");
    assert.equal((await outcome(request)).error, "changed my mind");
    assert.equal(clock.pending, before);
  });

  test("connectionLost_rejectsSentRequests_andKeepsQueuedOnes", async () => {
    const fake = await connected();
    const sent = watch(fake.connection.request({ command: "sent" }));
    await fake.socket.end(1011, "failed");
    const { error } = await outcome(sent);
    assert.ok(error instanceof DisconnectedError);
    assert.deepEqual([error.code, error.reason], [1011, "failed"]);

    const waiting = fake.connection.request({ command: "waiting" });
    await fake.clock.advance(1000);
    await fake.socket.end(1006);
    assert.equal((await outcome(waiting)).state, "pending");
    await fake.clock.advance(1000);
    await fake.socket.open();
    await fake.socket.reply("waiting", {}, "done");
    assert.equal((await waiting).body, "done");
  });

  test("wrongMessage_rejects", async () => {
    const { connection, clock, socket } = await connected({ maxQueued: 1 });
    const before = clock.pending;
    assert.ok((await outcome(connection.request({ command: "a b" }))).error instanceof ProtocolError);
    assert.match((await outcome(connection.request({ command: "a", headers: { id: 1 } }))).error.message, /header id/);
    assert.ok((await outcome(connection.request({ command: "a" }, { timeout: Infinity }))).error instanceof RangeError);
    assert.equal(clock.pending, before);
    connection.request({ command: "fits" }).catch(() => {});
    assert.ok((await outcome(connection.request({ command: "more" }))).error instanceof QueueFullError);
    assert.deepEqual(commands(socket), ["fits"]);
  });
});

describe("publish", () => {
  test("publish_namesChannels_andAwaitsAcknowledgement", async () => {
    const { connection, socket, reported } = await connected();
    const published = watch(connection.publish(["a", "ü"], { command: "chat", headers: { from: "Mia" }, body: "hi" }));
    const { headers, body } = socket.last("chat");
    assert.deepEqual(headers.lines.slice(0, 3), [["from", "Mia"], ["publish", "a ü"], ["ack", "true"]]);
    assert.equal(body, "hi");
    await socket.reply("chat", {}, "a processor's own reply");
    assert.equal((await outcome(published)).state, "pending");
    await socket.reply("chat", { status: 200 });
    assert.equal((await outcome(published)).state, "resolved");
    assert.deepEqual(reported.message.map(({ body }) => body), ["a processor's own reply"]);
  });

  test("refusedOrWronglyCalled_rejects", async () => {
    const { connection, socket } = await connected();
    const refused = watch(connection.publish("secret", { command: "chat" }));
    await socket.reply("chat", { status: 403, error: "not allowed" });
    assert.equal((await outcome(refused)).error.message, "publish to secret was refused: 403 not allowed");
    const sent = socket.sent.length;
    for (const channel of ["", "a b", "a\r\nb", "x".repeat(256), undefined, []]) {
      assert.ok((await outcome(connection.publish(channel, { command: "c" }))).error instanceof TypeError);
    }
    const doubled = connection.publish("a", { command: "c", headers: { Publish: "b" } });
    assert.match((await outcome(doubled)).error.message, /first argument/);
    assert.equal(socket.sent.length, sent);
  });
});

describe("publish with a message-id", () => {
  test("messageId_addsSession_soThatRetryIsRecognised", async () => {
    const { connection, socket } = await connected();
    const message = { command: "c", headers: { "message-id": "m1" } };
    for (const published of [message, message, { command: "c" }, { command: "c", headers: { "message-id": "m1", "presence-session": "own" } }]) {
      connection.publish("a", published).catch(() => {});
    }
    const sessions = socket.messages.slice(-4).map(({ headers }) => headers.get("presence-session"));
    assert.match(sessions[0], /^[A-Za-z0-9_-]{1,64}$/);
    assert.deepEqual(sessions.slice(1), [sessions[0], undefined, "own"]);
  });
});

describe("subscribe", () => {
  test("acknowledged_isReadyAndGetsDeliveries", async () => {
    const { connection, socket, reported } = await connected();
    const got = [];
    const subscription = connection.subscribe("room", (message) => got.push(message.body));
    assert.equal(socket.last("subscribe").headers.get("subscribe"), "room");
    await socket.reply("subscribe", {}, "a processor's own reply");
    assert.equal((await outcome(subscription.ready)).state, "pending");
    reported.message.length = 0;
    await socket.reply("subscribe", { status: 200 });
    assert.equal((await outcome(subscription.ready)).state, "resolved");
    await socket.receive("chat", { publish: "room" }, "one");
    await socket.receive("chat", { publish: "elsewhere  room" }, "two");
    await socket.receive("chat", { publish: "elsewhere" }, "not ours");
    await socket.receive("notice", {}, "from the server");
    assert.deepEqual(got, ["one", "two"]);
    assert.deepEqual(reported.message.map(({ body }) => body), ["not ours", "from the server"]);
  });

  test("severalSubscriptions_shareChannel_andLastOneLeavesIt", async () => {
    const { connection, socket } = await connected();
    const got = [];
    const one = connection.subscribe("room", () => got.push("one"));
    await socket.reply("subscribe", { status: 200 });
    const two = connection.subscribe("room", () => got.push("two"));
    await two.ready;
    assert.deepEqual(commands(socket), ["subscribe"]);
    await socket.receive("chat", { publish: "room" });
    one.unsubscribe();
    await socket.receive("chat", { publish: "room" });
    assert.deepEqual(got, ["one", "two", "two"]);
    assert.deepEqual(commands(socket), ["subscribe"]);
    const left = two.unsubscribe();
    assert.equal(socket.last("unsubscribe").headers.get("unsubscribe"), "room");
    await socket.reply("unsubscribe", { status: 200 });
    await left;
    await two.unsubscribe();
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe"]);
  });

  test("deliveriesWhileLeaving_areDropped", async () => {
    const { connection, socket, reported } = await connected();
    const got = [];
    const subscription = connection.subscribe("room", (message) => got.push(message));
    const left = subscription.unsubscribe();
    assert.equal((await outcome(subscription.ready)).error.name, "AbortError");
    await socket.receive("chat", { publish: "room" });
    await socket.reply("unsubscribe", { status: 200 });
    await left;
    assert.deepEqual([got, reported.message], [[], []]);
    await socket.receive("chat", { publish: "room" });
    assert.equal(reported.message.length, 1);
  });

  test("resubscribeWhileLeaving_joinsAgain", async () => {
    const { connection, socket } = await connected();
    const got = [];
    const first = connection.subscribe("room", () => got.push("first"));
    const [firstId] = socket.messages.map(({ headers }) => headers.get("id"));
    first.unsubscribe();
    const second = connection.subscribe("room", () => got.push("second"));
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe", "subscribe"]);
    await socket.receive("subscribe", { id: firstId, status: 200 });
    assert.equal((await outcome(second.ready)).state, "pending");
    await socket.reply("unsubscribe", { status: 200 });
    await socket.reply("subscribe", { status: 200 });
    await second.ready;
    await socket.receive("chat", { publish: "room" });
    assert.deepEqual(got, ["second"]);
  });

  test("copiesForTwoChannels_goToChannelOfHeader", async () => {
    const { connection, socket, reported } = await connected();
    const got = [];
    connection.subscribe("a", ({ body }) => got.push(`a:${body}`));
    connection.subscribe("b", ({ body }) => got.push(`b:${body}`));
    const publish = { publish: "x b a" };
    await socket.receive("chat", { ...publish, channel: "a" }, "1");
    await socket.receive("chat", { ...publish, channel: "a" }, "2");
    await socket.receive("chat", { ...publish, missed: 3, channel: "b" }, "1");
    await socket.receive("chat", { channel: "b" }, "2");
    await socket.receive("chat", { ...publish, channel: "x" }, "3");
    assert.deepEqual(got, ["a:1", "a:2", "b:1", "b:2"]);
    assert.deepEqual(reported.gap, [{ missed: 3, channels: ["b"] }]);
    assert.deepEqual(reported.message.map(({ body }) => body), ["3"], "of a channel that it has not joined");
  });

  test("deliveryWithoutChannel_goesToFirstPublishedChannel", async () => {
    const { connection, socket } = await connected();
    const got = [];
    connection.subscribe("a", ({ body }) => got.push(`a:${body}`));
    connection.subscribe("b", ({ body }) => got.push(`b:${body}`));
    await socket.receive("chat", { publish: "x b a" }, "1");
    await socket.receive("chat", { publish: "x b a" }, "1");
    assert.deepEqual(got, ["b:1", "b:1"]);
  });

  for (const headers of [{ status: 401, error: "no" }, { "retry-after": 9 }, { count: 7 }, { status: 503, "retry-after": 1 }]) {
    test(`delivery with ${JSON.stringify(headers)}_isHandedOverAsItIs`, async () => {
      const { connection, socket, reported } = await connected();
      const got = [];
      connection.subscribe("room", ({ headers }) => got.push(headers), { presence: () => got.push("presence") });
      await socket.reply("subscribe", { status: 200 });
      await socket.receive("presence", { publish: "room", ...headers, channel: "room" });
      await socket.receive("authorize", { publish: "room", ...headers, channel: "room" });
      await socket.receive("unsubscribe", { publish: "room", ...headers, channel: "room" });
      assert.equal(got.length, 3);
      for (const seen of got) assert.equal(seen.has("channel"), true);
      assert.deepEqual([connection.state, reported.close, reported.error, reported.gap], ["open", [], [], []]);
    });
  }

  test("binaryDelivery_isBytes", async () => {
    const { connection, socket } = await connected();
    const got = [];
    connection.subscribe("room", ({ body }) => got.push(body));
    await socket.receive("chat", { publish: "room" }, Uint8Array.of(1, 255));
    assert.deepEqual(got, [Uint8Array.of(1, 255)]);
  });

  test("missed_isAGapBeforeItsMessage", async () => {
    const { connection, socket, reported } = await connected();
    const order = [];
    connection.on("gap", ({ missed }) => order.push(`missed ${missed}`));
    connection.subscribe("room", ({ body }) => order.push(body));
    await socket.receive("chat", { publish: "room", missed: 7 }, "hello");
    await socket.receive("chat", { publish: "room", missed: "many" }, "again");
    assert.deepEqual(order, ["missed 7", "hello", "missed 1", "again"], "a count that can't be read is at least one");
    assert.deepEqual(reported.gap[0], { missed: 7, channels: ["room"] });
  });

  test("refused_isOver", async () => {
    const { connection, socket, reported } = await connected();
    const subscription = connection.subscribe("secret", () => {});
    await socket.reply("subscribe", { status: 403, error: "not allowed" });
    const { error } = await outcome(subscription.ready);
    assert.equal(error.message, "subscribe to secret was refused: 403 not allowed");
    assert.deepEqual(reported.error, [error]);
    await subscription.unsubscribe();
    assert.deepEqual(commands(socket), ["subscribe"]);
  });

  test("refusedForNow_isSentAgainAfterRetryAfterAndGrowingPauses", async () => {
    const { connection, clock, socket } = await connected();
    const { ready } = connection.subscribe("room", () => {});
    await socket.reply("subscribe", { status: 503, error: "draining", "retry-after": 2 });
    await clock.advance(2249);
    assert.equal(socket.sent.length, 1);
    await clock.advance(1);
    assert.equal(socket.sent.length, 2);
    await socket.reply("subscribe", { status: 429 });
    await clock.advance(500);
    assert.equal(socket.sent.length, 3);
    await clock.advance(10_000 + 1000);
    assert.equal(socket.sent.length, 4, "no answer at all");
    await socket.reply("subscribe", { status: 200 });
    await ready;
  });

  test("unsubscribedWhilePausing_isNotSentAgain", async () => {
    const { connection, clock, socket } = await connected();
    const subscription = connection.subscribe("room", () => {});
    await socket.reply("subscribe", { status: 503 });
    subscription.unsubscribe();
    await clock.advance(5000);
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe"]);
  });

  test("wrongArgument_isNamed", async () => {
    const { connection } = await connected();
    for (const channel of ["", "a b", "a\nb", "\u0085", "\ud83c", "é".repeat(128), 7]) {
      assert.throws(() => connection.subscribe(channel, () => {}), /TypeError: channel .*expected 1 to 255 bytes/);
    }
    assert.throws(() => connection.subscribe("room"), /TypeError: onMessage: expected a function, got undefined/);
  });
});

describe("reconnect", () => {
  test("opened_joinsAllChannelsInFewMessages_beforeQueue", async () => {
    const fake = await connected();
    const names = Array.from({ length: 63 }, (_, i) => `${i}-`.padEnd(255, "x"));
    const got = [];
    for (const name of names) fake.connection.subscribe(name, ({ body }) => got.push(body));
    fake.connection.subscribe("left", () => {}).unsubscribe();
    await fake.socket.end(1006);
    fake.connection.send({ command: "waited" });
    await fake.clock.advance(250);
    await fake.socket.open();
    assert.deepEqual(commands(fake.socket), ["subscribe", "subscribe", "subscribe", "waited"]);
    const again = fake.socket.messages.flatMap(({ headers }) => headers.words("subscribe"));
    assert.deepEqual(again, names);
    await fake.socket.receive("chat", { publish: names[62] }, "back");
    assert.deepEqual(got, ["back"]);
    assert.equal(fake.reported.open.length, 2);
  });

  test("subscribe_toKnownChannel_waitsForServer", async () => {
    const fake = await connected();
    const before = fake.connection.subscribe("room", () => {});
    await fake.socket.reply("subscribe", { status: 200 });
    await before.ready;
    await fake.socket.end(1006);
    const { ready } = fake.connection.subscribe("room", () => {});
    assert.equal((await outcome(ready)).state, "pending");
    await fake.clock.advance(250);
    await fake.socket.open();
    await fake.socket.reply("subscribe", { status: 200 });
    await ready;
  });

  test("unsubscribedMeanwhile_isNotJoined", async () => {
    const fake = await connected();
    const subscription = fake.connection.subscribe("room", () => {});
    fake.connection.subscribe("other", () => {});
    await fake.socket.end(1006);
    await subscription.unsubscribe();
    await fake.clock.advance(250);
    await fake.socket.open();
    assert.deepEqual(fake.socket.messages.map(({ headers }) => headers.get("subscribe")), ["other"]);
  });

  test("oneRefusedChannel_isFound_andOthersAreKept", async () => {
    const fake = await connected();
    const names = Array.from({ length: 9 }, (_, i) => `room-${i}`);
    for (const name of names) fake.connection.subscribe(name, () => {});
    await fake.socket.end(1006);
    await fake.clock.advance(250);
    await fake.socket.open();
    let answered = 0;
    for (; answered < fake.socket.sent.length; answered++) {
      assert.ok(answered < 20, "it goes on for ever");
      const { headers } = fake.socket.messages[answered];
      const refused = headers.words("subscribe").includes("room-5");
      await fake.socket.receive("subscribe", { id: headers.get("id"), status: refused ? 403 : 200 });
    }
    assert.deepEqual(fake.reported.error.map(({ message }) => message), ["subscribe to room-5 was refused: 403"]);
    await fake.socket.end(1006);
    await fake.clock.advance(10_000);
    await fake.socket.open();
    assert.deepEqual(fake.socket.messages[0].headers.words("subscribe"), names.filter((name) => name !== "room-5"));
  });

  test("pause_isRandomShareOfDoublingTime", async () => {
    const randoms = [0, 1, 0.5, 0.25, 1, 1, 1];
    const ceilings = [100, 200, 400, 800, 1600, 2000, 2000];
    let draws = 0;
    const fake = await client({ backoffBase: 100, backoffMax: 2000, random: () => randoms[draws++] });
    for (const [i, ceiling] of ceilings.entries()) {
      await fake.socket.end(1006);
      assert.equal(fake.reported.close[i].reconnectIn, randoms[i] * ceiling);
      assert.equal(fake.connection.state, "waiting");
      await fake.clock.advance(randoms[i] * ceiling);
      assert.equal(fake.sockets.length, i + 2);
    }
  });

  test("connectionOpenFor10Seconds_resetsPauses", async () => {
    const fake = await client();
    const pauses = [];
    for (const open of [1, 9_999, 10_000, 1]) {
      await fake.socket.open();
      await fake.clock.advance(open);
      await fake.socket.end(1011);
      pauses.push(fake.reported.close.at(-1).reconnectIn);
      await fake.clock.advance(pauses.at(-1));
    }
    assert.deepEqual(pauses, [250, 500, 250, 500]);
    await fake.socket.open();
    await fake.clock.advance(10_000);
    for (const reconnectIn of [250, 500, 1000]) {
      await fake.socket.end(1006);
      assert.equal(fake.reported.close.at(-1).reconnectIn, reconnectIn);
      await fake.clock.advance(reconnectIn);
    }
  });

  for (const code of [1000, 1007, 1009, 4403]) {
    test(`code ${code}_isFinal`, async () => {
      const { connection, clock, socket, sockets, reported } = await connected();
      const { ready } = connection.subscribe("room", () => {});
      await socket.end(code, "why");
      assert.deepEqual(reported.close, [{ code, reason: "why", reconnectIn: null }]);
      assert.equal(connection.state, "closed");
      assert.equal((await outcome(ready)).error.code, code);
      assert.throws(() => connection.send({ command: "a" }), DisconnectedError);
      assert.throws(() => connection.subscribe("room", () => {}), DisconnectedError);
      assert.equal((await outcome(connection.request({ command: "a" }))).error.code, code);
      assert.equal(clock.pending, 0);
      await clock.advance(1e9);
      assert.equal(sockets.length, 1);
    });
  }

  for (const code of [1002, 1005, 1006, 1008, 1011, 1012, 4408, 4413, 3999]) {
    test(`code ${code}_reconnectsWithBackOff_whateverTheReasonSays`, async () => {
      const { clock, socket, sockets, reported } = await connected();
      await socket.end(code, "sorry; retry-after=30");
      assert.equal(reported.close[0].reconnectIn, 250);
      await clock.advance(250);
      assert.equal(sockets.length, 2);
    });
  }

  for (const code of [1001, 4429]) {
    test(`code ${code}_reconnectsAfterRetryAfterAndBackOff`, async () => {
      const reasons = {
        "draining; retry-after=3": 3000,
        "draining; retry-after=0.25": 250,
        "retry-after=2": 2000,
        "": 0,
        "draining": 0,
        "draining; retry-after=soon": 0,
        "draining; retry-after=1.2.3": 0,
        "draining; retry-after=-5": 0,
        "draining; retry-after=999999999": 3_600_000,
      };
      for (const [reason, pause] of Object.entries(reasons)) {
        const { socket, reported, connection } = await connected();
        await socket.end(code, reason);
        assert.equal(reported.close[0].reconnectIn, pause + 250, reason);
        connection.close();
      }
    });
  }

  test("withoutReconnect_firstFailureClosesForGood", async () => {
    const { connection, socket, sockets, clock, reported } = await client({ reconnect: false });
    await socket.end(1006, "refused");
    await clock.advance(1e6);
    assert.deepEqual([connection.state, sockets.length], ["closed", 1]);
    assert.deepEqual(reported.close, [{ code: 1006, reason: "refused", reconnectIn: null }]);
    assert.throws(() => connect("ws://server/", { WebSocket: class {}, reconnect: 1 }), /TypeError: option reconnect/);
  });

  test("throwingSocketConstructor_isReported_andTriedAgain", async () => {
    let attempts = 0;
    const WebSocket = class {
      constructor() {
        throw new Error(`forbidden ${++attempts}`);
      }
    };
    const { clock, reported } = await client({ WebSocket });
    await clock.advance(250);
    assert.deepEqual(reported.error.map(({ message }) => message), ["forbidden 1", "forbidden 2"]);
    assert.deepEqual(reported.close.map(({ reconnectIn }) => reconnectIn), [250, 500]);
  });
});

describe("token", () => {
  const authorization = (socket) => socket.last("authorize")?.headers.get("authorization");

  test("everyConnection_showsItFirst", async () => {
    const tokens = ["one", "two"];
    const fake = await client({ token: async () => tokens.shift() });
    fake.connection.subscribe("room", () => {});
    await fake.socket.open();
    assert.deepEqual(commands(fake.socket), ["authorize", "subscribe"]);
    assert.equal(authorization(fake.socket), "Bearer one");
    await fake.socket.end(1006);
    await fake.clock.advance(250);
    await fake.socket.open();
    assert.equal(authorization(fake.socket), "Bearer two");
  });

  test("noToken_orAServerWithoutAuthorize_isNoError", async () => {
    const none = await client({ token: () => undefined });
    await none.socket.open();
    assert.deepEqual(none.socket.sent, []);
    const unused = await client({ token: "fixed" });
    await unused.socket.open();
    await unused.socket.reply("authorize", { status: 404 });
    assert.equal(unused.connection.state, "open");
  });

  test("code4401_callsTokenFunctionWithRefused", async () => {
    const asked = [];
    const tokens = ["old", undefined, "new"];
    const token = (why) => {
      asked.push(why.refused);
      const next = tokens.shift();
      if (next === undefined) throw new Error("offline");
      return next;
    };
    const fake = await client({ token });
    await fake.socket.open();
    await fake.socket.end(4401, "expired");
    assert.deepEqual(fake.reported.close, [{ code: 4401, reason: "expired", reconnectIn: 250 }]);
    await fake.clock.advance(250 + 500);
    await fake.socket.open();
    assert.equal(authorization(fake.socket), "Bearer new");
    await fake.socket.end(1006);
    tokens.push("new");
    await fake.clock.advance(1000);
    assert.deepEqual(asked, [false, true, true, false]);
  });

  for (const next of ["old", undefined, ""]) {
    test(`code4401_andNext ${JSON.stringify(next)}_closesForGood`, async () => {
      const tokens = ["old", next, "too late"];
      const fake = await client({ token: () => tokens.shift() });
      await fake.socket.open();
      await fake.socket.end(4401);
      await fake.clock.advance(250);
      assert.equal(fake.connection.state, "closed");
      const { code, reconnectIn } = fake.reported.close.at(-1);
      assert.deepEqual([code, reconnectIn], [4401, null]);
      assert.equal(fake.sockets.length, 1);
    });
  }

  test("code4401_fixedOrNoToken_closesForGood", async () => {
    for (const token of ["fixed", undefined]) {
      const { connection, socket } = await connected({ token });
      await socket.end(4401);
      assert.equal(connection.state, "closed");
    }
  });

  test("authorizeAnswered401_isARefusal", async () => {
    const tokens = ["old", "new"];
    const fake = await client({ token: () => tokens.shift() });
    await fake.socket.open();
    const first = fake.socket;
    await first.reply("authorize", { status: 401, error: "expired" });
    assert.deepEqual(fake.reported.close, [{ code: 4401, reason: "expired", reconnectIn: 250 }]);
    assert.equal(first.closedWith, "no code");
    await fake.clock.advance(250);
    await fake.socket.open();
    await fake.socket.reply("authorize", { status: 403, error: "not you" });
    assert.equal(fake.connection.state, "closed");
    assert.equal(fake.reported.close.at(-1).code, 4403);
  });

  test("throwingTokenFunction_isCalledAgainAfterPause", async () => {
    let attempts = 0;
    const token = async () => {
      if (++attempts === 1) throw new Error("offline");
      return "got it";
    };
    const fake = await client({ token });
    assert.deepEqual(fake.reported.error.map(({ message }) => message), ["offline"]);
    await fake.clock.advance(250);
    await fake.socket.open();
    assert.equal(authorization(fake.socket), "Bearer got it");
  });
});

describe("close", () => {
  test("whileOpen_rejectsPendingPromises", async () => {
    const { connection, clock, socket, sockets, reported } = await connected();
    const { ready } = connection.subscribe("room", () => {});
    const request = watch(connection.request({ command: "a" }));
    connection.close();
    connection.close();
    assert.equal(socket.closedWith, 1000);
    assert.ok((await outcome(ready)).error instanceof DisconnectedError);
    assert.ok((await outcome(request)).error instanceof DisconnectedError);
    assert.deepEqual(reported.close, [{ code: 1000, reason: "closed by this client", reconnectIn: null }]);
    assert.equal(clock.pending, 0);
    await socket.end(1006);
    await clock.advance(1e9);
    assert.equal(sockets.length, 1);
    assert.equal(reported.close.length, 1);
  });

  test("attemptPauseOrToken_ends", async () => {
    const trying = await client();
    trying.connection.close();
    assert.equal(trying.socket.closedWith, 1000);

    const pausing = await connected();
    await pausing.socket.end(1006);
    pausing.connection.close();
    assert.equal(pausing.clock.pending, 0);

    let give;
    const waiting = await client({ token: () => new Promise((resolve) => (give = resolve)) });
    waiting.connection.close();
    give("late");
    await settle();
    assert.equal(waiting.sockets.length, 0);
    assert.equal(waiting.reported.close.length, 1);
  });

  test("tokenFunctionThrowsLate_changesNothing", async () => {
    let fail;
    const fake = await client({ token: () => new Promise((_, reject) => (fail = reject)) });
    fake.connection.close();
    fail(new Error("given up"));
    await settle();
    await fake.clock.advance(1e6);
    assert.equal(fake.connection.state, "closed");
    assert.deepEqual(fake.reported.close, [{ code: 1000, reason: "closed by this client", reconnectIn: null }]);
    assert.deepEqual([fake.reported.error, fake.clock.pending], [[], 0]);
  });

  test("closeInErrorListener_endsAttempts", async () => {
    const fake = await client({ token: () => Promise.reject(new Error("offline")) });
    fake.connection.on("error", () => fake.connection.close());
    await fake.clock.advance(1e6);
    assert.equal(fake.connection.state, "closed");
    assert.deepEqual(fake.reported.close.map(({ reconnectIn }) => reconnectIn), [250, null]);
    assert.equal(fake.clock.pending, 0);
  });

  test("closeInCloseListener_endsAttempts", async () => {
    const fake = await connected();
    fake.connection.on("close", () => fake.connection.close());
    await fake.socket.end(1006);
    assert.equal(fake.connection.state, "closed");
    assert.deepEqual(fake.reported.close.map(({ reconnectIn }) => reconnectIn), [250, null]);
    assert.equal(fake.clock.pending, 0);
  });
});

describe("events", () => {
  test("malformedMessage_isReported_andConnectionStays", async (t) => {
    const logged = t.mock.method(console, "error", () => {});
    const { connection, socket, reported } = await connected();
    await socket.receiveRaw("GET / HTTP/1.1\r\n\r\n");
    assert.ok(reported.error[0] instanceof ProtocolError);
    assert.equal(logged.mock.callCount(), 0);
    await socket.receive("hello", {});
    assert.equal(reported.message.length, 1);
    assert.equal(connection.state, "open");
  });

  test("errorWithoutListener_goesToConsole", async (t) => {
    const logged = t.mock.method(console, "error", () => {});
    const connection = connect("ws://server/", {
      WebSocket: class {
        constructor() {
          throw new Error("forbidden here");
        }
      },
    });
    await settle();
    connection.close();
    assert.equal(logged.mock.calls[0].arguments[0].message, "forbidden here");
  });

  test("removedListener_isNotCalled_andUnknownEventIsNamed", async () => {
    const { connection, socket } = await connected();
    const got = [];
    const off = connection.on("message", ({ body }) => got.push(body));
    await socket.receive("a", {}, "1");
    off();
    await socket.receive("a", {}, "2");
    assert.deepEqual(got, ["1"]);
    assert.throws(() => connection.on("messages", () => {}), /TypeError: event "messages": expected one of open,/);
    assert.throws(() => connection.on("message"), /TypeError: listener: expected a function/);
  });
});

describe("publishOverHttp", () => {
  before(uninstall);

  /** Runs the test with an HTTP server that records requests and sends the given answer. */
  async function withServer(answer, run) {
    const got = [];
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      got.push({ method: request.method, url: request.url, type: request.headers["content-type"], body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await run(`http://127.0.0.1:${server.address().port}/`, got);
    } finally {
      server.close();
    }
  }

  test("publish_postsWholeMessage", () =>
    withServer({ status: 200, body: '{"channels":2}' }, async (url, got) => {
      const headers = { from: "李雷" };
      assert.deepEqual(await publishOverHttp(url, ["a", "b"], "chat", headers, "héllo"), { channels: 2 });
      await publishOverHttp(url.replace("http", "ws"), "a", "raw", undefined, Uint8Array.of(255));
      const [text, binary] = got;
      assert.deepEqual([text.method, text.url, text.type], ["POST", "/publish", "text/plain; charset=utf-8"]);
      assert.equal(text.body.toString(), "LHTTP/1.0 chat\r\nfrom:李雷\r\npublish:a b\r\n\r\nhéllo");
      assert.equal(binary.type, "application/octet-stream");
      assert.deepEqual(decode(binary.body).body, Uint8Array.of(255));
    }));

  test("refusal_rejects", () =>
    withServer(
      { status: 429, headers: { "retry-after": "2" }, body: '{"status":429,"error":"slow down"}' },
      async (url) => {
        const error = await publishOverHttp(url, "a", "chat").catch((e) => e);
        assert.ok(error instanceof RefusedError);
        assert.deepEqual([error.status, error.error, error.retryAfter], [429, "slow down", 2]);
        assert.equal(error.message, "publish to a was refused: 429 slow down");
      },
    ));

  test("answerWithoutJson_orWrongArgument_rejects", () =>
    withServer({ status: 502, body: "<html>" }, async (url, got) => {
      const error = await publishOverHttp(url, "a", "chat").catch((e) => e);
      assert.deepEqual([error.status, error.error], [502, "Bad Gateway"]);
      await assert.rejects(publishOverHttp(url, "a b", "chat"), TypeError);
      await assert.rejects(publishOverHttp(url, "a", "chat", { from: "x\r\ny:z" }), ProtocolError);
      await assert.rejects(publishOverHttp("publish", "a", "chat"), /TypeError: url "publish": expected http:/);
      assert.equal(got.length, 1);
    }));
});
