import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "../lhttp.js";
import { client, connected, settle } from "./fakes.js";

const deliver = (socket, headers) => socket.receive("chat", { publish: "room", ...headers });

/** Collects the errors that would be uncaught. */
function uncaught(t) {
  const surfaced = [];
  t.mock.method(globalThis, "queueMicrotask", (run) => {
    try {
      run();
    } catch (error) {
      surfaced.push(error.message);
    }
  });
  return surfaced;
}

function oops() {
  throw new Error("oops");
}

/** Returns a connection without listeners for its events, and its socket once it has one. */
async function unheard(t) {
  let socket;
  class WebSocket {
    readyState = 1;
    constructor() {
      socket = this;
    }
    send() {}
    close() {}
  }
  const connection = connect("ws://server/", { WebSocket });
  t.after(() => connection.close());
  await settle();
  socket.onopen({});
  const receive = async (data) => {
    socket.onmessage({ data });
    await settle();
  };
  return { connection, receive };
}

const DELIVERY = "LHTTP/1.0 chat\r\npublish:room\r\n\r\n";

describe("callbackThatThrows", () => {
  for (const [how, callback] of [["at once", oops], ["later", async () => oops()]]) {
    test(`${how}_becomesTheEventError_andStopsNoOther`, async (t) => {
      const surfaced = uncaught(t);
      const { connection, socket, reported } = await connected();
      const got = [];
      connection.subscribe("room", callback, { presence: callback });
      connection.subscribe("room", () => got.push("here"));
      connection.on("message", callback);
      await deliver(socket);
      await socket.receive("news", {});
      await socket.receive("presence", { channel: "room", count: 1 });
      assert.deepEqual(reported.error.map(({ message }) => message), ["oops", "oops", "oops"]);
      assert.deepEqual([got, surfaced, connection.state], [["here"], [], "open"]);
    });

    test(`${how}_withoutErrorListener_isUncaught`, async (t) => {
      const surfaced = uncaught(t);
      const logged = t.mock.method(console, "error", () => {});
      const { connection, receive } = await unheard(t);
      const got = [];
      connection.subscribe("room", callback);
      connection.subscribe("room", () => got.push("here"));
      await receive(DELIVERY);
      assert.deepEqual([got, surfaced, logged.mock.callCount()], [["here"], ["oops"], 0]);
    });

    test(`${how}_inAnErrorListener_isUncaught_andStopsNoOther`, async (t) => {
      const surfaced = uncaught(t);
      const { connection, receive } = await unheard(t);
      const reported = [];
      connection.on("error", callback);
      connection.on("error", ({ name }) => reported.push(name));
      await receive("malformed");
      assert.deepEqual([reported, surfaced], [["ProtocolError"], ["oops"]]);
    });
  }

  test("throwingCallbackAfterClose_becomesErrorEvent", async () => {
    const fake = await client();
    fake.connection.on("close", oops);
    fake.connection.close();
    assert.deepEqual(fake.reported.error.map(({ message }) => message), ["oops"]);
  });
});

describe("callback", () => {
  test("unsubscribedByAnotherCallback_isNotCalled", async () => {
    const { connection, socket } = await connected();
    const got = [];
    let second;
    connection.subscribe("room", () => {
      got.push("first");
      second.unsubscribe();
    });
    second = connection.subscribe("room", () => got.push("second"));
    connection.subscribe("room", () => got.push("third"));
    await deliver(socket);
    assert.deepEqual(got, ["first", "third"]);
  });

  test("connectionClosedByAnotherCallback_isNotCalled", async () => {
    const { connection, socket, reported } = await connected();
    const got = [];
    connection.subscribe("room", () => {
      got.push("first");
      connection.close();
    });
    connection.subscribe("room", () => got.push("second"));
    await deliver(socket);
    assert.deepEqual([got, reported.message], [["first"], []]);
  });

  test("subscribingAgain_getsNextMessage", async () => {
    const { connection, socket } = await connected();
    const got = [];
    const first = connection.subscribe("room", () => {
      got.push("first");
      first.unsubscribe();
      connection.subscribe("room", () => got.push("second"));
    });
    await deliver(socket);
    await deliver(socket);
    assert.deepEqual(got, ["first", "second"]);
  });

  for (const [what, end] of [
    ["closed the connection", ({ connection }) => connection.close()],
    ["unsubscribed", (fake, subscription) => subscription.unsubscribe()],
  ]) {
    test(`gapListenerHas ${what}_getsNothingBehindTheGap`, async () => {
      const fake = await connected();
      const got = [];
      const subscription = fake.connection.subscribe("room", (message) => got.push(message));
      fake.connection.on("gap", () => end(fake, subscription));
      await deliver(fake.socket, { missed: 3 });
      assert.deepEqual([got, fake.reported.message], [[], []]);
    });
  }

  test("gapListenerCloses_getsNoSecondGap", async () => {
    const fake = await connected();
    fake.connection.subscribe("room", () => assert.fail(), { since: "e-4" });
    fake.connection.on("gap", () => fake.connection.close());
    await deliver(fake.socket, { missed: 3 });
    assert.deepEqual([fake.reported.gap.length, fake.connection.state], [1, "closed"]);
  });

  test("gapListenerCloses_onMessageIsNotCalled", async () => {
    const fake = await connected();
    fake.connection.on("gap", () => fake.connection.close());
    await deliver(fake.socket, { missed: 3 });
    assert.deepEqual(fake.reported.message, []);
  });

  test("presenceCallbackCloses_nothingFollows", async () => {
    const fake = await connected();
    const got = [];
    fake.connection.subscribe("room", (message) => got.push(message), { presence: () => fake.connection.close() });
    await fake.socket.receive("presence", { channel: "room", count: 1 });
    await deliver(fake.socket);
    assert.deepEqual([got, fake.reported.message, fake.reported.error], [[], [], []]);
  });

  test("removedByAnotherListener_isNotCalled", async () => {
    const { connection, socket } = await connected();
    const got = [];
    let off;
    connection.on("message", () => off());
    off = connection.on("message", () => got.push("second"));
    await socket.receive("news", {});
    assert.deepEqual(got, []);
  });
});
