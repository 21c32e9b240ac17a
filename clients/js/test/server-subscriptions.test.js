import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connected } from "./fakes.js";

const announce = ({ socket }, channel, more) =>
  socket.receive("subscribed", { subscribed: channel, channel, ...more }, "");

const end = ({ socket }, channel) =>
  socket.receive("unsubscribed", { unsubscribed: channel, status: 410, error: "unsubscribed by the server" }, "");

const deliver = ({ socket }, channel, position, body) =>
  socket.receive("chat", { publish: channel, channel, ...(position && { position }) }, body);

async function watched() {
  const fake = await connected();
  const events = [];
  fake.connection.on("subscribed", ({ channel }) => events.push(`+${channel}`));
  fake.connection.on("unsubscribed", ({ channel, status }) => events.push(`-${channel} ${status}`));
  return { fake, events };
}

async function reconnect(fake) {
  await fake.socket.end(1011);
  await fake.clock.advance(fake.reported.close.at(-1).reconnectIn);
  await fake.socket.open();
}

const bodies = (fake) => fake.reported.message.map(({ body }) => body);

describe("a subscription that the server makes", () => {
  test("isToldAndDeliversAsMessages", async () => {
    const { fake, events } = await watched();
    await announce(fake, "room");
    await deliver(fake, "room", undefined, "one");
    assert.deepEqual([events, fake.connection.serverSubscriptions, bodies(fake)], [["+room"], ["room"], ["one"]]);
  });

  test("end_isToldOnceAndNothingIsAnError", async () => {
    const { fake, events } = await watched();
    await announce(fake, "room");
    await end(fake, "room");
    assert.deepEqual([events, fake.connection.serverSubscriptions], [["+room", "-room 410"], []]);
    assert.deepEqual(fake.reported.error, []);
  });

  test("reconnect_joinsAgainFromLastPosition", async () => {
    const { fake } = await watched();
    await announce(fake, "room", { position: "e-4" });
    await deliver(fake, "room", "e-5", "five");
    await reconnect(fake);
    const { headers } = fake.socket.last("subscribe");
    assert.deepEqual([headers.get("subscribe"), headers.get("since")], ["room", "e-5"]);
    await fake.socket.reply("subscribe", { channel: "room", position: "e-5", recovered: true });
    await deliver(fake, "room", "e-6", "six");
    await fake.socket.reply("subscribe", { status: 200 });
    assert.deepEqual(bodies(fake), ["five", "six"]);
  });

  test("reconnect_refused_endsSubscription", async () => {
    const { fake, events } = await watched();
    await announce(fake, "room");
    await reconnect(fake);
    await fake.socket.reply("subscribe", { status: 403, error: "no" });
    assert.deepEqual([events, fake.connection.serverSubscriptions], [["+room", "-room 403"], []]);
    assert.deepEqual(fake.reported.error, []);
    await reconnect(fake);
    assert.equal(fake.socket.last("subscribe"), undefined);
  });

  test("applicationSubscribesToo_getsDeliveriesItself", async () => {
    const { fake } = await watched();
    await announce(fake, "room");
    const got = [];
    const subscription = fake.connection.subscribe("room", ({ body }) => got.push(body));
    await fake.socket.reply("subscribe", { status: 200 });
    await subscription.ready;
    await deliver(fake, "room", undefined, "one");
    assert.deepEqual([got, bodies(fake)], [["one"], []]);
    subscription.unsubscribe();
    await fake.socket.reply("unsubscribe", { status: 200 });
    assert.deepEqual(fake.connection.serverSubscriptions, []);
  });

  test("applicationWasSubscribed_serverEndsIt_isBoth", async () => {
    const { fake, events } = await watched();
    const subscription = fake.connection.subscribe("room", () => {});
    await fake.socket.reply("subscribe", { status: 200 });
    await subscription.ready;
    await announce(fake, "room");
    await end(fake, "room");
    assert.deepEqual(events, ["+room", "-room 410"]);
    assert.equal(fake.reported.error.length, 1);
  });

  test("historyThatIsNotAvailable_endsSubscription", async () => {
    const { fake, events } = await watched();
    await announce(fake, "room");
    await announce(fake, "room", { status: 503, error: "away" });
    assert.deepEqual(events, ["+room", "-room 503"]);
  });

  test("unknownPosition_isGap", async () => {
    const { fake } = await watched();
    await announce(fake, "room", { position: "e-4", recovered: false });
    assert.deepEqual(fake.reported.gap, [{ missed: undefined, channels: ["room"] }]);
  });
});
