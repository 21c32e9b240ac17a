import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { client, commands, connected, FakeClock, FakePage, outcome, watch } from "./fakes.js";

const PROBE = /^lhttp-[0-9a-f]{32}-own-probe$/;
const idsOfProbes = (socket) => socket.messages.map(({ headers }) => headers.get("id")).filter((id) => PROBE.test(id));
const probes = (socket) => idsOfProbes(socket).length;
const answer = (socket, headers) => socket.receive("unsubscribe", { id: idsOfProbes(socket).at(-1), status: 200, ...headers });

describe("silent connection", () => {
  test("silentConnection_isProbed_andLostAfterThirdOfInterval", async () => {
    const { clock, socket, sockets, reported, connection } = await connected();
    await clock.advance(29_999);
    assert.deepEqual(socket.sent, []);
    await clock.advance(1);
    assert.deepEqual(commands(socket), ["unsubscribe"]);
    await clock.advance(9_999);
    assert.equal(connection.state, "open");
    await clock.advance(1);
    assert.deepEqual(reported.close, [{ code: 1006, reason: "nothing came for 40000 ms", reconnectIn: 250 }]);
    assert.equal(socket.closedWith, "no code");
    await clock.advance(250);
    await sockets[1].open();
    assert.deepEqual([connection.state, sockets.length], ["open", 2]);
    await clock.advance(30_000);
    assert.equal(probes(sockets[1]), 1);
  });

  test("probe_isAnsweredByEveryServer_andChangesNothing", async () => {
    const { clock, socket } = await connected();
    await clock.advance(30_000);
    const [{ command, headers, body }] = socket.messages;
    assert.deepEqual([command, body], ["unsubscribe", ""]);
    assert.deepEqual(headers.lines, [["unsubscribe", "lhttp-probe"], ["ack", "true"], ["id", idsOfProbes(socket)[0]]]);
  });

  for (const status of [200, 401, 403, 404, 429, 500]) {
    test(`answer ${status}_keepsItOpen_andTellsNobody`, async () => {
      const { clock, socket, reported, connection } = await connected({ probeInterval: 3000 });
      for (const asked of [1, 2, 3]) {
        await clock.advance(3000);
        assert.equal(probes(socket), asked);
        await answer(socket, { status });
      }
      assert.deepEqual([reported.message, reported.error, reported.close], [[], [], []]);
      assert.equal(connection.state, "open");
    });
  }

  for (const [what, data] of [["a delivery", "LHTTP/1.0 chat\r\npublish:room\r\n\r\n"], ["what is malformed", "?"]]) {
    test(`${what}_keepsItOpen`, async () => {
      const { clock, socket, reported } = await connected();
      await clock.advance(39_999);
      await socket.receiveRaw(data);
      await clock.advance(29_999);
      assert.deepEqual([probes(socket), reported.close], [1, []]);
      await clock.advance(1);
      assert.equal(probes(socket), 2);
    });
  }

  test("messagesInTime_needNoProbe", async () => {
    const { clock, socket } = await connected();
    for (let i = 0; i < 10; i++) {
      await clock.advance(29_000);
      await socket.receive("news", {});
    }
    assert.deepEqual(socket.sent, []);
  });

  test("retryAfter_delaysNextProbe", async () => {
    const { clock, socket } = await connected();
    await clock.advance(30_000);
    await answer(socket, { status: 429, "retry-after": 60 });
    await clock.advance(89_999);
    assert.equal(probes(socket), 1);
    await clock.advance(1);
    assert.equal(probes(socket), 2);
  });

  test("pendingRequest_delaysEnd", async () => {
    const { clock, socket, connection } = await connected();
    const slow = watch(connection.request({ command: "slow" }, { timeout: 120_000 }));
    await clock.advance(100_000);
    assert.deepEqual([connection.state, probes(socket)], ["open", 1]);
    connection.request({ command: "later" }, { timeout: 120_000 }).catch(() => {});
    await clock.advance(19_999);
    assert.equal((await outcome(slow)).state, "pending");
    await clock.advance(1);
    assert.equal((await outcome(slow)).error.name, "TimeoutError");
    assert.equal(connection.state, "waiting");
  });

  test("sleepOfMachine_givesMoreTime", async () => {
    const awake = await connected();
    await awake.clock.advance(30_000);
    awake.clock.sleep(60_000);
    await awake.clock.advance(0);
    await answer(awake.socket);
    await awake.clock.advance(10_000);
    assert.equal(awake.connection.state, "open");

    const dead = await connected();
    await dead.clock.advance(30_000);
    dead.clock.sleep(60_000);
    await dead.clock.advance(10_000);
    assert.equal(dead.connection.state, "waiting");
  });

  test("lostOrClosed_isNotProbed", async () => {
    const { clock, socket, connection } = await connected();
    await clock.advance(30_000);
    await socket.end(1001, "draining; retry-after=100");
    await clock.advance(99_000);
    assert.equal(connection.state, "waiting");
    connection.close();
    assert.equal(clock.pending, 0);
  });

  test("timer_doesNotKeepProcessAlive", async () => {
    const timers = new Set();
    const clock = Object.assign(new FakeClock(), {
      setTimeout: () => {
        const timer = { kept: true, unref: () => (timer.kept = false) };
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => timers.delete(timer),
    });
    const { connection, socket } = await client({ clock });
    const before = new Set(timers);
    await socket.open();
    assert.deepEqual([...timers].filter((timer) => !before.has(timer)).map(({ kept }) => kept), [false]);
    connection.close();
    assert.equal(timers.size, 0);
  });
});

describe("page", () => {
  test("online_probesOnce", async () => {
    const page = new FakePage();
    const { clock, socket, connection } = await connected({ page });
    await clock.advance(1000);
    page.online();
    page.online();
    assert.equal(probes(socket), 1);
    await clock.advance(10_000);
    assert.equal(connection.state, "waiting");
  });

  test("visible_probes_hiddenDoesNot", async () => {
    const page = new FakePage();
    const { clock, socket } = await connected({ page });
    page.show("hidden");
    assert.equal(probes(socket), 0);
    page.show("visible");
    assert.equal(probes(socket), 1);
    await answer(socket);
    await clock.advance(29_999);
    assert.equal(probes(socket), 1);
    await clock.advance(1);
    assert.equal(probes(socket), 2);
  });

  for (const [what, happens] of [["is online again", (page) => page.online()], ["is shown", (page) => page.show("visible")]]) {
    test(`${what}_endsThePause`, async () => {
      const page = new FakePage();
      const { clock, sockets, connection } = await client({ page });
      await sockets[0].end(1006);
      happens(page);
      happens(page);
      await clock.advance(0);
      assert.deepEqual([connection.state, sockets.length], ["connecting", 2]);
      happens(page);
      await clock.advance(1000);
      assert.equal(sockets.length, 2);
    });
  }

  test("online_doesNotShortenRetryAfter", async () => {
    const page = new FakePage();
    const { clock, socket, sockets } = await connected({ page });
    await socket.end(1001, "draining; retry-after=5");
    page.online();
    await clock.advance(4999);
    assert.equal(sockets.length, 1);
    await clock.advance(1);
    assert.equal(sockets.length, 2);
  });

  test("closedForGood_isNotListenedToAnyMore", async () => {
    for (const end of [({ connection }) => connection.close(), ({ socket }) => socket.end(4403)]) {
      const page = new FakePage();
      const listening = new Set();
      for (const target of [page, page.document]) {
        const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
        target.addEventListener = (event, run) => (listening.add(event), add.call(target, event, run));
        target.removeEventListener = (event, run) => (listening.delete(event), remove.call(target, event, run));
      }
      const fake = await connected({ page });
      assert.deepEqual([...listening], ["online", "visibilitychange"]);
      await end(fake);
      assert.deepEqual([...listening], []);
      page.online();
      page.show("visible");
      assert.deepEqual([fake.connection.state, fake.clock.pending, fake.socket.sent], ["closed", 0, []]);
    }
  });

  test("withoutPageOrDocument_works", async () => {
    for (const page of [{}, new EventTarget()]) {
      const { clock, socket } = await connected({ page });
      await clock.advance(30_000);
      assert.equal(probes(socket), 1);
    }
  });
});
