import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commands, connected, outcome, settle, watch } from "./fakes.js";

/** Returns a client that has sent unsubscribe and waits for the answer. */
async function leaving({ presence, ...options } = {}) {
  const fake = await connected(options);
  const got = [];
  const subscription = fake.connection.subscribe("room", (message) => got.push(message), { presence });
  await fake.socket.reply("subscribe", { status: 200 });
  return { ...fake, got, left: watch(subscription.unsubscribe()) };
}

const deliver = (socket) => socket.receive("chat", { publish: "room" });

describe("revoked subscription", () => {
  const revoke = (socket, channel) =>
    socket.receive("unsubscribed", { unsubscribed: channel, status: 403, error: "not allowed on this channel" });

  test("revoked_isReported_andNotJoinedAgain", async () => {
    const { connection, socket, reported } = await connected();
    const got = [];
    connection.subscribe("news", (message) => got.push(message.body));
    await socket.reply("subscribe", { status: 200 });
    connection.subscribe("gossip", () => assert.fail("it is over"));
    await socket.reply("subscribe", { status: 200 });
    await revoke(socket, "gossip");
    assert.deepEqual(reported.error.map(({ status, message }) => [status, message]), [
      [403, "subscription to gossip was refused: 403 not allowed on this channel"],
    ]);
    await socket.receive("chat", { publish: "gossip" });
    await socket.receive("chat", { publish: "news" }, "one");
    assert.deepEqual(got, ["one"]);
    connection.subscribe("gossip", () => {});
    assert.deepEqual(commands(socket), ["subscribe", "subscribe", "subscribe"]);
  });

  test("revokedWhileJoining_orUnknown_changesNothing", async () => {
    const { connection, socket, reported } = await connected();
    const subscription = connection.subscribe("news", () => {});
    await revoke(socket, "news");
    await revoke(socket, "nobody's");
    await socket.reply("subscribe", { status: 200 });
    assert.equal((await outcome(subscription.ready)).state, "resolved");
    assert.deepEqual(reported.error, []);
    assert.deepEqual(reported.message, []);
  });
});

describe("unsubscribe", () => {
  test("refusedForNow_isSentAgainAfterRetryAfterAndGrowingPauses", async () => {
    const { clock, socket, reported, left } = await leaving();
    await socket.reply("unsubscribe", { status: 429, error: "too many messages", "retry-after": 2 });
    await clock.advance(2249);
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe"]);
    await clock.advance(1);
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe", "unsubscribe"]);
    assert.equal(socket.last("unsubscribe").headers.get("unsubscribe"), "room");
    await socket.reply("unsubscribe", { status: 503 });
    await clock.advance(500);
    assert.equal((await outcome(left)).state, "pending");
    await socket.reply("unsubscribe", { status: 200 });
    assert.equal((await outcome(left)).state, "resolved");
    await clock.advance(20_000);
    assert.equal(socket.sent.length, 4);
    assert.deepEqual(reported.error, []);
  });

  test("notAnswered_isSentAgain_andALateAnswerIsNoMessage", async () => {
    const { clock, socket, reported, left } = await leaving({ requestTimeout: 2000 });
    const id = socket.last("unsubscribe").headers.get("id");
    await clock.advance(2250);
    assert.equal(socket.sent.length, 3);
    await socket.receive("unsubscribe", { id, status: 200 });
    await socket.reply("unsubscribe", { status: 200 });
    assert.equal((await outcome(left)).state, "resolved");
    assert.deepEqual(reported.message, []);
  });

  test("fullSocket_isSentAgain", async () => {
    const fake = await connected();
    const subscription = fake.connection.subscribe("room", () => {});
    fake.socket.bufferedAmount = 2 ** 30;
    subscription.unsubscribe();
    await settle();
    fake.socket.bufferedAmount = 0;
    await fake.clock.advance(250);
    assert.deepEqual(commands(fake.socket), ["subscribe", "unsubscribe"]);
    assert.deepEqual(fake.reported.error, []);
  });

  test("deliveriesBeforeAnswer_areDropped", async () => {
    const { clock, socket, reported, got } = await leaving({ presence: () => assert.fail("it is over") });
    await socket.reply("unsubscribe", { status: 429 });
    await deliver(socket);
    await socket.receive("chat", { publish: "room", missed: 3 });
    await socket.receive("presence", { channel: "room", count: 1 });
    await clock.advance(250);
    await deliver(socket);
    await socket.reply("unsubscribe", { status: 200 });
    assert.deepEqual([got, reported.message, reported.gap, reported.error], [[], [], [], []]);
  });

  test("subscribedAgain_isNotSentAgain", async () => {
    const { clock, socket, connection, left } = await leaving();
    await socket.reply("unsubscribe", { status: 429 });
    const got = [];
    const again = connection.subscribe("room", (message) => got.push(message));
    await socket.reply("subscribe", { status: 200 });
    await clock.advance(20_000);
    assert.deepEqual(commands(socket), ["subscribe", "unsubscribe", "subscribe"]);
    assert.equal((await outcome(left)).state, "resolved");
    await deliver(socket);
    assert.equal(got.length, 1);

    again.unsubscribe();
    await clock.advance(20_000);
    assert.equal(commands(socket).filter((command) => command === "unsubscribe").length, 3, "10 s without an answer");
  });

  for (const [what, end] of [
    ["is lost", ({ socket }) => socket.end(1006)],
    ["is closed", ({ connection }) => connection.close()],
  ]) {
    test(`connection ${what}_isDone`, async () => {
      const fake = await leaving();
      await fake.socket.reply("unsubscribe", { status: 429, "retry-after": 5 });
      await end(fake);
      assert.equal((await outcome(fake.left)).state, "resolved");
      await fake.clock.advance(20_000);
      assert.deepEqual(commands(fake.socket), ["subscribe", "unsubscribe"]);
    });
  }

  test("refusedForGood_isDone_andReported", async () => {
    const { clock, socket, reported, left } = await leaving();
    await socket.reply("unsubscribe", { status: 403, error: "you stay" });
    assert.equal((await outcome(left)).state, "resolved");
    await clock.advance(20_000);
    assert.equal(socket.sent.length, 2);
    assert.deepEqual(reported.error.map(({ message }) => message), ["unsubscribe from room was refused: 403 you stay"]);
  });
});
