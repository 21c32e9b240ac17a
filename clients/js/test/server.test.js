// Tests against a running server. Its chain has pub/sub, channels `log-*` have a history, and the processor `echo`
// replies with the request's body.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { connect, DisconnectedError, HeaderList, partsOf, publishOverHttp, RefusedError } from "../lhttp.js";

const url = process.env.LHTTP_URL;
assert.ok(url, "LHTTP_URL: expected the address of a running server, like ws://127.0.0.1:8081/");
assert.ok(globalThis.WebSocket, "Node 20 has a WebSocket with --experimental-websocket, or from the package ws");

/** The latest socket of each connection, so that a test can cut it. */
const sockets = new Map();
after(() => sockets.forEach((_, connection) => connection.close()));

function client(options) {
  class WebSocket extends globalThis.WebSocket {
    constructor(address) {
      super(address);
      sockets.set(connection, this);
    }
  }
  const connection = connect(url, { WebSocket, backoffBase: 10, ...options });
  return connection;
}

const channel = (name) => `${name}-${randomUUID()}`;

/** Resolves with the detail of the next event of this name. */
const next = (connection, event) =>
  new Promise((resolve) => {
    const off = connection.on(event, (detail) => {
      off();
      resolve(detail);
    });
  });

/** Subscribes. Returns the subscription, with a function `take` that waits for the next message. */
async function inbox(connection, name) {
  const [messages, waiting] = [[], []];
  const subscription = connection.subscribe(name, (message) => {
    const take = waiting.shift();
    if (take) take(message);
    else messages.push(message);
  });
  await subscription.ready;
  const take = () => messages.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { take, messages, subscription };
}

const limited = { timeout: 30_000 };

test("request_textOrBytes_getsItsReply", limited, async () => {
  const connection = client();
  const body = "naïve ☕ 🎉\r\n\r\n:";
  const text = await connection.request({ command: "echo", headers: { from: "李雷" }, body });
  assert.deepEqual([text.command, text.body], ["echo", body]);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const binary = await connection.request({ command: "echo", body: bytes });
  assert.deepEqual(binary.body, bytes);
});

test("parts_reachServer", limited, async () => {
  const file = Uint8Array.from({ length: 20_000 }, (_, i) => i);
  const parts = [{ headers: { name: "a.bin" }, body: file }, { headers: { name: "note" }, body: "☕" }];
  const { body } = await client().request({ command: "echo", parts });
  assert.deepEqual(partsOf({ headers: new HeaderList({ multipart: "0 20014" }), body })[0].body, file);
});

test("requestsAtOnce_getTheirOwnReplies", limited, async () => {
  const connection = client();
  const bodies = Array.from({ length: 200 }, (_, i) => `body ${i}`);
  const replies = await Promise.all(bodies.map((body) => connection.request({ command: "echo", body })));
  assert.deepEqual(replies.map(({ body }) => body), bodies);
});

test("replyWithoutId_goesToListeners", limited, async () => {
  const connection = client();
  const reply = next(connection, "message");
  connection.send({ command: "echo", body: "hello" });
  assert.equal((await reply).body, "hello");
});

test("unknownCommand_isRefusedWith404", limited, async () => {
  await assert.rejects(client().request({ command: "nobody-handles-this" }), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.equal(error.status, 404);
    return true;
  });
});

test("publication_reachesOthersAsItWasPublished", limited, async () => {
  const [publisher, subscriber] = [client(), client()];
  const room = channel("room");
  const [own, other] = [await inbox(publisher, room), await inbox(subscriber, room)];
  await publisher.publish(room, { command: "chat", headers: { From: "李雷 <b>", a: 1 }, body: "hello ☕" });
  for (const { take } of [own, other]) {
    const message = await take();
    assert.deepEqual([message.command, message.body], ["chat", "hello ☕"]);
    assert.deepEqual(message.headers.lines.slice(0, 3), [["From", "李雷 <b>"], ["a", "1"], ["publish", room]]);
    assert.equal(message.headers.get("id"), undefined);
  }
  const bytes = Uint8Array.of(0, 255, 13, 10);
  await subscriber.publish(room, { command: "chat", body: bytes });
  assert.deepEqual((await own.take()).body, bytes);
});

test("publications_arriveInOrder", limited, async () => {
  const [publisher, subscriber] = [client(), client()];
  const room = channel("room");
  const { take } = await inbox(subscriber, room);
  const bodies = Array.from({ length: 500 }, (_, i) => `${i}`);
  await Promise.all(bodies.map((body) => publisher.publish(room, { command: "chat", body })));
  for (const body of bodies) assert.equal((await take()).body, body);
});

test("messageToTwoChannels_reachesEachOnce", limited, async () => {
  const connection = client();
  const [a, b] = [channel("a"), channel("b")];
  const [inA, inB] = [await inbox(connection, a), await inbox(connection, b)];
  await connection.publish([a, b], { command: "chat", body: "both" });
  await connection.publish(a, { command: "chat", body: "end" });
  await connection.publish(b, { command: "chat", body: "end" });
  for (const { take } of [inA, inB]) {
    assert.deepEqual([(await take()).body, (await take()).body], ["both", "end"]);
  }
});

test("oddChannelNames_areDifferentChannels", limited, async () => {
  const connection = client();
  const suffix = randomUUID();
  const odd = ["*", ">", "a.*", "a.b", "$SYS.x", "_INBOX.x", "聊天", "🎉", "a:b", "A.B"];
  const names = odd.map((name) => name + suffix);
  const inboxes = await Promise.all(names.map((name) => inbox(connection, name)));
  for (const name of names) await connection.publish(name, { command: "chat", body: name });
  for (const [i, { take }] of inboxes.entries()) assert.equal((await take()).body, names[i]);
  assert.deepEqual(inboxes.flatMap(({ messages }) => messages), []);
});

test("unsubscribed_getsNoMore", limited, async () => {
  const connection = client();
  const [left, stayed] = [await inbox(connection, channel("left")), await inbox(connection, channel("stayed"))];
  const strays = [];
  connection.on("message", (message) => strays.push(message));
  await left.subscription.unsubscribe();
  await connection.publish(left.subscription.channel, { command: "chat" });
  await connection.publish(stayed.subscription.channel, { command: "chat", body: "end" });
  assert.equal((await stayed.take()).body, "end");
  assert.deepEqual([left.messages, strays], [[], []]);
});

test("lostConnection_reconnects_joinsAgainAndSendsQueue", limited, async () => {
  const [connection, publisher] = [client(), client()];
  const names = Array.from({ length: 70 }, (_, i) => channel(`room-${i}`));
  const inboxes = await Promise.all(names.map((name) => inbox(connection, name)));
  const lost = next(connection, "close");
  const back = next(connection, "open");
  const doomed = connection.request({ command: "nobody-waits-for-this" }).catch((error) => error);
  sockets.get(connection).close(4000, "test");
  assert.equal((await lost).code, 4000);
  assert.ok([DisconnectedError, RefusedError].includes((await doomed).constructor));
  const waited = connection.request({ command: "echo", body: "waited" });
  await back;
  assert.equal((await waited).body, "waited");
  for (const [i, name] of names.entries()) {
    await publisher.publish(name, { command: "chat", body: `${i}` });
    assert.equal((await inboxes[i].take()).body, `${i}`);
  }
});

test("historyAndLostConnections_loseAndDoubleNothing", limited, async () => {
  const [connection, publisher] = [client(), client()];
  const log = channel("log");
  const { take, messages } = await inbox(connection, log);
  const gaps = [];
  connection.on("gap", (gap) => gaps.push(gap));
  for (let i = 0; i < 100; i++) {
    await publisher.publish(log, { command: "chat", body: `${i}` });
    if (i % 20 === 7) sockets.get(connection).close(4000, "test");
  }
  for (let i = 0; i < 100; i++) assert.equal((await take()).body, `${i}`);
  const newest = [];
  const late = client();
  await late.subscribe(log, ({ body }) => newest.push(body), { last: 2 }).ready;
  await late.publish(log, { command: "chat", body: "end" });
  assert.equal((await take()).body, "end");
  await late.request({ command: "echo" });
  assert.deepEqual([newest, messages, gaps], [["98", "99", "end"], [], []]);
});

test("tooLongMessage_closesWith1009ForGood", limited, async () => {
  const connection = client({ maxMessageBytes: 100_000 });
  const closed = next(connection, "close");
  connection.send({ command: "echo", body: "x".repeat(70_000) });
  const { code, reconnectIn } = await closed;
  assert.deepEqual([code, reconnectIn], [1009, null]);
  assert.equal(connection.state, "closed");
});

test("malformedMessage_isAnsweredWith400_andConnectionStays", limited, async () => {
  const connection = client();
  await next(connection, "open");
  const answer = next(connection, "message");
  sockets.get(connection).send("hello");
  const { command, headers } = await answer;
  assert.deepEqual([command, headers.get("status")], ["error", "400"]);
  assert.equal((await connection.request({ command: "echo", body: "still here" })).body, "still here");
});

test("publishOverHttp_reachesSubscribers_orRejects", limited, async () => {
  const room = channel("room");
  const { take } = await inbox(client(), room);
  const answer = await publishOverHttp(url, room, "chat", { from: "curl" }, "over HTTP");
  assert.deepEqual(answer, { channels: 1 });
  const { command, headers, body } = await take();
  assert.deepEqual([command, headers.get("from"), body], ["chat", "curl", "over HTTP"]);
  const tooMany = Array.from({ length: 65 }, (_, i) => `c${i}`);
  await assert.rejects(publishOverHttp(url, tooMany, "chat"), (error) => {
    assert.ok(error instanceof RefusedError, error);
    assert.equal(error.status, 413);
    assert.notEqual(error.error, "");
    return true;
  });
});
