import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connected } from "./fakes.js";

const deliver = (socket, headers) => socket.receive("chat", { publish: "room", ...headers });

describe("a callback", () => {
  test("is not called again once another one has unsubscribed it", async () => {
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

  test("is not called again once another one has closed the connection", async () => {
    const { connection, socket, told } = await connected();
    const got = [];
    connection.subscribe("room", () => {
      got.push("first");
      connection.close();
    });
    connection.subscribe("room", () => got.push("second"));
    await deliver(socket);
    assert.deepEqual([got, told.message], [["first"], []]);
  });

  test("may subscribe again, and gets what comes next", async () => {
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
    test(`gets nothing behind a gap where a listener has ${what}`, async () => {
      const fake = await connected();
      const got = [];
      const subscription = fake.connection.subscribe("room", (message) => got.push(message));
      fake.connection.on("gap", () => end(fake, subscription));
      await deliver(fake.socket, { missed: 3 });
      assert.deepEqual([got, fake.told.message], [[], []]);
    });
  }

  test("is told of one gap where a listener of it has closed the connection", async () => {
    const fake = await connected();
    fake.connection.subscribe("room", () => assert.fail(), { since: "e-4" });
    fake.connection.on("gap", () => fake.connection.close());
    await deliver(fake.socket, { missed: 3 });
    assert.deepEqual([fake.told.gap.length, fake.connection.state], [1, "closed"]);
  });

  test("of what comes unasked is not called behind a gap whose listener has closed the connection", async () => {
    const fake = await connected();
    fake.connection.on("gap", () => fake.connection.close());
    await deliver(fake.socket, { missed: 3 });
    assert.deepEqual(fake.told.message, []);
  });

  test("of who is there may close the connection", async () => {
    const fake = await connected();
    const got = [];
    fake.connection.subscribe("room", (message) => got.push(message), { presence: () => fake.connection.close() });
    await fake.socket.receive("presence", { channel: "room", count: 1 });
    await deliver(fake.socket);
    assert.deepEqual([got, fake.told.message, fake.told.error], [[], [], []]);
  });

  test("that another listener has taken off is not called again", async () => {
    const { connection, socket } = await connected();
    const got = [];
    let off;
    connection.on("message", () => off());
    off = connection.on("message", () => got.push("second"));
    await socket.receive("news", {});
    assert.deepEqual(got, []);
  });
});
