import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { client, commands, connected, outcome, watch } from "./fakes.js";

const AWAY = { status: 503, error: "no token can be checked now", "retry-after": 1 };
const NO_TOKEN = { status: 401, error: "a token is needed" };

const channels = (socket) => socket.messages.flatMap(({ headers }) => headers.words("subscribe"));

/** Returns a client that has requested these channels from a server that can't check its token now. */
async function unchecked(names, options) {
  const fake = await client({ token: () => "good", ...options });
  const subscriptions = names.map((name) => fake.connection.subscribe(name, () => {}));
  await fake.socket.open();
  await fake.socket.reply("authorize", AWAY);
  return { ...fake, ready: subscriptions.map(({ ready }) => watch(ready)) };
}

test("tokenInvalidAsHeader_isReported", async () => {
  const { connection, socket, reported } = await connected({ token: "no\r\nheader" });
  assert.deepEqual(reported.error.map(({ name }) => name), ["ProtocolError"]);
  assert.deepEqual([socket.sent, connection.state], [[], "open"]);
});

describe("tokenThatCannotBeCheckedNow", () => {
  for (const [why, refusal, pause] of [
    ["the server is refused its keys", AWAY, 1250],
    ["there are too many messages", { status: 429, "retry-after": 3 }, 3250],
    ["the server fails", { status: 500 }, 250],
  ]) {
    test(`authorizeRefusedAs ${why}_isSentAgainOnTheSameConnection`, async () => {
      const fake = await connected({ token: "good" });
      await fake.socket.reply("authorize", refusal);
      await fake.clock.advance(pause - 1);
      assert.deepEqual(commands(fake.socket), ["authorize"]);
      await fake.clock.advance(1);
      assert.deepEqual(commands(fake.socket), ["authorize", "authorize"]);
      assert.equal(fake.socket.last("authorize").headers.get("authorization"), "Bearer good");
      await fake.socket.reply("authorize", { status: 200 });
      await fake.clock.advance(25_000);
      assert.deepEqual([fake.socket.sent.length, fake.sockets.length, fake.reported.error], [2, 1, []]);
    });
  }

  test("authorizeNotAnswered_isSentAgainWithGrowingPauses", async () => {
    const { clock, socket } = await connected({ token: "good", requestTimeout: 2000 });
    const sent = [];
    for (const pause of [250, 500, 1000]) {
      await clock.advance(2000 + pause);
      sent.push(socket.sent.length);
    }
    assert.deepEqual(sent, [2, 3, 4]);
  });

  test("channelsRefusedWithoutToken_joinOnceTokenIsAccepted", async () => {
    const { clock, socket, connection, reported, ready } = await unchecked(["a", "b"]);
    await socket.reply("subscribe", NO_TOKEN);
    assert.deepEqual(commands(socket), ["authorize", "subscribe"], "no halves: none of them is to blame");
    connection.subscribe("c", () => {});
    await socket.reply("subscribe", { status: 403, error: "not allowed on this channel" });
    await clock.advance(1250);
    await socket.reply("authorize", { status: 200 });
    assert.deepEqual(channels(socket), ["a", "b", "c", "a", "b", "c"]);
    await socket.reply("subscribe", { status: 200 });
    assert.deepEqual(ready.map(({ state }) => state), ["resolved", "resolved"]);
    assert.deepEqual(reported.error, []);
  });

  test("joinedAndLeftChannels_areNotJoinedAgain", async () => {
    const { clock, socket, connection } = await unchecked(["public"]);
    await socket.reply("subscribe", { status: 200 });
    const secret = connection.subscribe("secret", () => {});
    await socket.reply("subscribe", NO_TOKEN);
    secret.unsubscribe();
    await clock.advance(1250);
    await socket.reply("authorize", { status: 200 });
    assert.deepEqual(commands(socket), ["authorize", "subscribe", "subscribe", "authorize"]);
  });

  test("channelRefusedAfterAcceptance_isOver", async () => {
    const { clock, socket, reported, ready } = await unchecked(["a"]);
    await socket.reply("subscribe", NO_TOKEN);
    await clock.advance(1250);
    await socket.reply("authorize", { status: 200 });
    await socket.reply("subscribe", { status: 403, error: "not you" });
    assert.equal((await outcome(ready[0])).error.status, 403);
    assert.equal(reported.error.length, 1);
  });

  for (const token of ["good", () => "good"]) {
    test(`close4401_doesNotEndTheConnectionForGood, token as ${typeof token}`, async () => {
      const fake = await unchecked(["a"], { token });
      await fake.socket.reply("subscribe", NO_TOKEN);
      await fake.socket.end(4401, "no token in time");
      assert.deepEqual(fake.reported.close, [{ code: 4401, reason: "no token in time", reconnectIn: 250 }]);
      await fake.clock.advance(250);
      const next = fake.sockets[1];
      await next.open();
      assert.deepEqual(commands(next), ["authorize", "subscribe"]);
      await next.end(4401, "bad token");
      assert.equal(fake.connection.state, typeof token === "function" ? "waiting" : "closed");
    });
  }

  test("laterAnswer401_closesForGood", async () => {
    const { clock, socket, connection, reported } = await unchecked(["a"], { token: "bad" });
    await clock.advance(1250);
    await socket.reply("authorize", { status: 401, error: "bad token" });
    assert.equal(connection.state, "closed");
    assert.deepEqual(reported.close, [{ code: 4401, reason: "bad token", reconnectIn: null }]);
  });
});
