import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connected } from "./fakes.js";

const ids = (socket) => socket.messages.map(({ headers }) => headers.get("id"));

describe("ids and session", () => {
  test("clients_haveDifferentUnguessableOnes", async (t) => {
    t.mock.method(Math, "random", () => 0.5);
    const seen = [];
    for (let i = 0; i < 20; i++) {
      const { connection, socket } = await connected();
      connection.subscribe("room", () => {});
      connection.request({ command: "ask" }).catch(() => {});
      seen.push(...ids(socket), socket.last("subscribe").headers.get("presence-session"));
    }
    assert.equal(new Set(seen).size, 60);
    for (const id of seen) assert.match(id, /[0-9a-f]{32}/);
  });

  test("connection_usesEachIdOnce", async () => {
    const { connection, socket } = await connected();
    for (let i = 0; i < 50; i++) connection.request({ command: "ask" }).catch(() => {});
    assert.equal(new Set(ids(socket)).size, 50);
  });

  test("idOfAnotherClient_isNotTaken", async () => {
    const one = await connected();
    const other = await connected();
    let settled = false;
    one.connection.request({ command: "ask" }).then(() => (settled = true), () => {});
    other.connection.request({ command: "ask" }).catch(() => {});
    await one.socket.receive("ask", { id: ids(other.socket)[0], status: 200 });
    await one.socket.receive("ask", { id: "lhttp-1", status: 200 });
    await one.socket.receive("ask", { id: "lhttp-own-probe", status: 200 });
    assert.equal(settled, false);
    assert.equal(one.reported.message.length, 3);
  });
});
