import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connected } from "./fakes.js";

/** Subscribes, and answers as a server with a history does; without a position, as one without a history. */
async function subscribed(fake, name, position, past) {
  const got = [];
  const subscription = fake.connection.subscribe(name, ({ body }) => got.push(body), past);
  await subscriptionReply(fake, name, { position });
  await fake.socket.reply("subscribe", { status: 200 });
  await subscription.ready;
  return got;
}

/** Sends the subscription reply to the client's last subscribe. */
async function subscriptionReply({ socket }, channel, { position, recovered }) {
  const headers = { channel };
  if (recovered !== undefined) headers.recovered = recovered;
  if (position) headers.position = position;
  await socket.reply("subscribe", headers);
}

const deliver = ({ socket }, channel, position, body) =>
  socket.receive("chat", { publish: channel, channel, position }, body);

async function reconnect(fake) {
  await fake.socket.end(1011);
  await fake.clock.advance(fake.reported.close.at(-1).reconnectIn);
  await fake.socket.open();
}

const since = ({ socket }) => socket.last("subscribe").headers.get("since");

describe("channel with a history", () => {
  test("reconnect_requestsMessagesAfterLastDelivery", async () => {
    const fake = await connected();
    const got = await subscribed(fake, "room", "e-4");
    await deliver(fake, "room", "e-5", "five");
    await reconnect(fake);
    assert.equal(since(fake), "e-5");
    await subscriptionReply(fake, "room", { recovered: true, position: "e-5" });
    await deliver(fake, "room", "e-6", "six");
    await fake.socket.reply("subscribe", { status: 200 });
    assert.deepEqual(got, ["five", "six"]);
    assert.deepEqual([fake.reported.gap, fake.reported.message], [[], []]);
    await reconnect(fake);
    assert.equal(since(fake), "e-6");
  });

  test("quietChannels_keepPositionsOfSubscriptionReplies", async () => {
    const fake = await connected();
    await subscribed(fake, "a", "e-4");
    await subscribed(fake, "plain", undefined);
    await subscribed(fake, "b", "f-7");
    await reconnect(fake);
    const { headers } = fake.socket.last("subscribe");
    assert.deepEqual([headers.get("subscribe"), headers.get("since")], ["a plain b", "e-4 now f-7"]);
  });

  test("unavailableHistory_isRequestedAgainFromSamePosition", async () => {
    const fake = await connected();
    const got = await subscribed(fake, "room", "e-4");
    await reconnect(fake);
    await fake.socket.reply("subscribe", { status: 200 });
    const asked = fake.socket.last("subscribe").headers.get("id");
    await fake.socket.reply("subscribe", { channel: "room", status: 503, error: "away", "retry-after": 1 });
    await fake.clock.advance(1250);
    assert.notEqual(fake.socket.last("subscribe").headers.get("id"), asked);
    assert.equal(since(fake), "e-4");
    await subscriptionReply(fake, "room", { recovered: true, position: "e-4" });
    await deliver(fake, "room", "e-5", "five");
    assert.deepEqual(got, ["five"]);
  });

  test("unavailableHistory_thenUnsubscribe_isNotJoinedAgain", async () => {
    const fake = await connected();
    const subscription = fake.connection.subscribe("room", () => {});
    await fake.socket.reply("subscribe", { status: 200 });
    await fake.socket.reply("subscribe", { channel: "room", status: 503, error: "away" });
    subscription.unsubscribe();
    await fake.socket.reply("unsubscribe", { status: 200 });
    await fake.clock.advance(5000);
    assert.deepEqual(fake.socket.messages.map(({ command }) => command), ["subscribe", "unsubscribe"]);
  });

  test("unavailableHistory_repeatedly_lengthensPause", async () => {
    const fake = await connected();
    fake.connection.subscribe("room", () => {});
    for (const pause of [250, 500, 1000]) {
      const sent = fake.socket.sent.length;
      await fake.socket.reply("subscribe", { status: 200 });
      await fake.socket.reply("subscribe", { channel: "room", status: 503, error: "away" });
      await fake.clock.advance(pause - 1);
      assert.equal(fake.socket.sent.length, sent);
      await fake.clock.advance(1);
      assert.equal(fake.socket.sent.length, sent + 1);
    }
  });

  test("notRecovered_reportsGapBeforeNextDelivery", async () => {
    const fake = await connected();
    const order = await subscribed(fake, "room", "e-4");
    fake.connection.on("gap", () => order.push("gap"));
    await reconnect(fake);
    await subscriptionReply(fake, "room", { recovered: false, position: "x-1" });
    await deliver(fake, "room", "x-2", "two");
    assert.deepEqual(order, ["gap", "two"]);
    assert.deepEqual(fake.reported.gap, [{ missed: undefined, channels: ["room"] }]);
    await reconnect(fake);
    assert.equal(since(fake), "x-2");
  });

  test("serverWithoutHistory_isAGap", async () => {
    const fake = await connected();
    const got = await subscribed(fake, "room", "e-4");
    await reconnect(fake);
    await fake.socket.reply("subscribe", { status: 200 });
    await fake.socket.receive("chat", { publish: "room" }, "plain");
    assert.deepEqual(got, ["plain"]);
    assert.deepEqual(fake.reported.gap, [{ missed: undefined, channels: ["room"] }]);
    await reconnect(fake);
    assert.equal(since(fake), "now");
  });

  test("deliveryRepeatedByReplay_arrivesOnce", async () => {
    const fake = await connected();
    const got = await subscribed(fake, "room", "e-4");
    await subscribed(fake, "other", "e-1");
    await reconnect(fake);
    await fake.socket.reply("subscribe", { status: 403, error: "not all of them" });
    await deliver(fake, "other", "e-2", "of before");
    await deliver(fake, "room", "e-5", "five");
    const single = fake.socket.messages.find(({ headers }) => headers.get("subscribe") === "room").headers.get("id");
    await fake.socket.receive("subscribe", { id: single, channel: "room", recovered: true, position: "e-4" });
    await deliver(fake, "room", "e-5", "five");
    assert.deepEqual(got, ["five"]);
  });

  test("resubscribe_beginsWithoutPosition", async () => {
    const fake = await connected();
    const first = fake.connection.subscribe("room", () => {});
    const id = fake.socket.last("subscribe").headers.get("id");
    first.unsubscribe();
    fake.connection.subscribe("room", () => {});
    await fake.socket.receive("subscribe", { id, channel: "room", position: "e-4" });
    assert.deepEqual([since(fake), fake.reported.message], ["now", []]);
    await reconnect(fake);
    assert.equal(since(fake), "now");
  });

  test("resubscribeWithLast_newestArriveOnce", async () => {
    const fake = await connected();
    const old = [];
    const first = fake.connection.subscribe("room", ({ body }) => old.push(body));
    await subscriptionReply(fake, "room", { position: "e-4" });
    await fake.socket.reply("subscribe", { status: 200 });
    first.unsubscribe();
    const got = [];
    fake.connection.subscribe("room", ({ body }) => got.push(body), { last: 2 });
    await deliver(fake, "room", "e-5", "five");
    await fake.socket.reply("unsubscribe", { status: 200 });
    await subscriptionReply(fake, "room", { position: "e-3" });
    for (const [position, body] of [["e-4", "four"], ["e-5", "five"], ["e-6", "six"]]) {
      await deliver(fake, "room", position, body);
    }
    assert.deepEqual([old, got], [[], ["four", "five", "six"]]);
  });

  test("newestAwaited_copyOfAnotherChannelIsNotTaken", async () => {
    const fake = await connected();
    const plain = await subscribed(fake, "plain", undefined);
    const got = [];
    fake.connection.subscribe("room", ({ body }) => got.push(body), { last: 2 });
    await fake.socket.receive("chat", { publish: "plain room", channel: "room", position: "e-5" }, "five");
    assert.deepEqual([plain, got], [[], []]);
  });

  test("newestOfAChannelWithoutHistory_areDeliveredAsTheyCome", async () => {
    const fake = await connected();
    const got = [];
    fake.connection.subscribe("plain", ({ body }) => got.push(body), { last: 2 });
    await fake.socket.receive("chat", { publish: "plain" }, "one");
    await subscriptionReply(fake, "plain", {});
    await deliver(fake, "plain", "made-up", "two");
    assert.deepEqual([got, fake.reported.gap], [["one", "two"], []]);
  });

  test("messageToSeveralChannels_goesToChannelOfHeader", async () => {
    const fake = await connected();
    const [room, plain] = [await subscribed(fake, "räume", "e-1"), await subscribed(fake, "plain", undefined)];
    const publish = "räume plain";
    await fake.socket.receive("chat", { publish }, "1");
    await fake.socket.receive("chat", { publish, channel: "räume", position: "e-2" }, "2");
    await fake.socket.receive("chat", { publish, missed: 3 }, "3");
    assert.deepEqual([room, plain], [["2"], ["1", "3"]]);
    assert.deepEqual(fake.reported.gap, [{ missed: 3, channels: ["plain"] }]);
  });

  test("positionOfAPublisher_isNotKept", async () => {
    const fake = await connected();
    await subscribed(fake, "plain", undefined);
    await deliver(fake, "plain", "made-up", "x");
    for (const position of ["a b", "äö", "x".repeat(65)]) await subscribed(fake, `room-${position.length}`, position);
    await reconnect(fake);
    assert.equal(since(fake), "now now now now");
  });

  test("sinceAndLast_areAskedFor", async () => {
    const fake = await connected();
    await subscribed(fake, "room", "e-2", { since: "e-2", last: 10 });
    let { headers } = fake.socket.last("subscribe");
    assert.deepEqual([headers.get("since"), headers.get("last")], ["e-2", "10"]);
    await fake.socket.end(1006);
    fake.connection.subscribe("newest", () => {}, { last: 10 });
    await fake.clock.advance(fake.reported.close.at(-1).reconnectIn);
    await fake.socket.open();
    const asked = fake.socket.messages.map((message) => ["subscribe", "since", "last"].map((name) => message.headers.get(name)));
    assert.deepEqual(asked, [["newest", undefined, "10"], ["room", "e-2", undefined]]);
  });

  test("optionsOfALaterSubscription_areRefused", async () => {
    const { connection } = await connected();
    connection.subscribe("room", () => {});
    assert.throws(() => connection.subscribe("room", () => {}, { last: 1 }), /only its first subscription may have options/);
    assert.throws(() => connection.subscribe("a", () => {}, { last: 0 }), /RangeError: last 0: expected a number from 1/);
    assert.throws(() => connection.subscribe("a", () => {}, { since: "a b" }), /TypeError: since "a b": expected/);
  });
});

describe("presence", () => {
  const note = ({ socket }, headers, body) => socket.receive("presence", { channel: "room", ...headers }, body);

  test("listsAndChanges_areReported", async () => {
    const fake = await connected({ session: "tab-1" });
    const reported = [];
    fake.connection.subscribe("room", () => {}, { presence: (present) => reported.push(present) });
    const { headers } = fake.socket.last("subscribe");
    assert.deepEqual([headers.get("presence-events"), headers.get("presence-session")], ["true", "tab-1"]);
    const [mia, jon] = [{ user: "mia", connection: "a", since: 1 }, { user: "jon", connection: "b", since: 2 }];
    const guest = { connection: "c", since: 3 };
    await note(fake, { count: 2 }, JSON.stringify({ members: [mia, guest] }));
    await note(fake, { count: 2, complete: false }, JSON.stringify({ joined: [jon], left: [guest] }));
    await note(fake, { count: 7 }, "");
    assert.deepEqual(reported, [
      { count: 2, complete: true, members: [mia, guest], joined: [], left: [] },
      { count: 2, complete: false, members: [mia, jon], joined: [jon], left: [guest] },
      { count: 7, complete: true, members: [mia, jon], joined: [], left: [] },
    ]);
    assert.deepEqual(fake.reported.message, []);
  });

  test("reconnect_asksAgainForThisChannelAlone", async () => {
    const fake = await connected();
    fake.connection.subscribe("room", () => {}, { presence: () => {} });
    fake.connection.subscribe("plain", () => {});
    await reconnect(fake);
    const asked = fake.socket.messages.map(({ headers }) => [headers.get("subscribe"), headers.get("presence-events")]);
    assert.deepEqual(asked, [["room", "true"], ["plain", undefined]]);
  });

  test("notAskedFor_isAMessage_unreadableIsAnError", async () => {
    const fake = await connected();
    await note(fake, { count: 1 }, "{}");
    assert.equal(fake.reported.message.length, 1);
    fake.connection.subscribe("room", () => {}, { presence: () => assert.fail() });
    const unreadable = ["{", '{"members":[1]}', '{"left":{}}', '{"joined":[{"user":"mia"}]}', '{"joined":[{"connection":1,"since":1}]}'];
    for (const body of unreadable) await note(fake, { count: 1 }, body);
    for (const count of ["", "-1", "many"]) await note(fake, { count }, "{}");
    assert.equal(fake.reported.error.length, unreadable.length + 3);
    assert.throws(() => fake.connection.subscribe("room", () => {}, { presence: () => {} }), /only its first/);
  });
});
