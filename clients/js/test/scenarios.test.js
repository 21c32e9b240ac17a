// Runs clients/scenarios/scenarios.txt, which the client for Java runs too; the file explains its steps.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { DisconnectedError, RefusedError } from "../lhttp.js";
import { client, outcome, settle, watch } from "./fakes.js";

const OPTIONS = { reconnect: (value) => value === "true" };

/** One client and its fake server, driven step by step. */
class Scenario {
  #fake;
  #reported = [];
  #subscriptions = [];
  #socket; // the socket whose frames the scenario looked at last
  #looked = 0; // the number of its frames that were looked at

  static async start(options) {
    const scenario = new Scenario();
    scenario.#fake = await client(options);
    for (const event of ["open", "message", "close", "gap", "error"]) {
      scenario.#fake.connection.on(event, (detail) => scenario.#reported.push(...reported(event, detail)));
    }
    const { message, close, gap, error } = scenario.#fake.reported; // the events from before the listeners were added
    for (const [event, details] of Object.entries({ error, message, gap, close })) {
      for (const detail of details) scenario.#reported.push(...reported(event, detail));
    }
    return scenario;
  }

  async run(line) {
    const [verb, ...words] = line.split(" ");
    const step = this[verb];
    assert.ok(step, `unknown step: ${line}`);
    await step.call(this, words, line);
    await settle();
  }

  end() {
    this.#fake.connection.close();
  }

  app([what, channel, ...options]) {
    const { connection } = this.#fake;
    if (what === "close") connection.close();
    else if (what === "send") connection.send({ command: channel });
    else if (what === "unsubscribe") this.#unsubscribe(channel);
    else this.#subscribe(connection, channel, options);
  }

  #subscribe(connection, channel, words) {
    const { presence, last, ...options } = pairs(words, "=");
    if (last) options.last = Number(last);
    if (presence === "") options.presence = (present) => this.#reported.push(presenceReport(channel, present));
    const onMessage = ({ body }) => this.#reported.push(`delivery ${channel} ${body}`);
    const subscription = connection.subscribe(channel, onMessage, options);
    this.#subscriptions.push({ channel, subscription, ready: watch(subscription.ready) });
  }

  #unsubscribe(channel) {
    const found = this.#subscriptions.find((one) => one.channel === channel && !one.left);
    found.left = watch(found.subscription.unsubscribe());
  }

  async server([what, command, ...words], line) {
    const { socket } = this.#fake;
    if (what === "open") return socket.open();
    if (what === "fail") return socket.end(1006);
    if (what === "close") return socket.end(Number(command), words.join(" "));
    const [, body = ""] = / \| (.*)$/.exec(line) ?? [];
    const end = words.indexOf("|");
    const headers = Object.entries(pairs(end < 0 ? words : words.slice(0, end), ":"));
    if (what === "send") return socket.receive(command, headers, body);
    const [name, number] = command.split("@");
    const sent = socket.messages.filter((message) => message.command === name);
    const request = number ? sent[Number(number) - 1] : sent.at(-1);
    return socket.receive(name, [["id", request.headers.get("id")], ...headers], body);
  }

  time([ms]) {
    return this.#fake.clock.advance(Number(ms));
  }

  state([state]) {
    assert.equal(this.#fake.connection.state, state);
  }

  attempts([count]) {
    assert.equal(this.#fake.sockets.length, Number(count));
  }

  /** Checks the token that the client has sent in its first message. */
  shown([token]) {
    if (token !== "-") this.sent(["authorize", `authorization:Bearer%20${token}`]);
  }

  sent([command, ...words]) {
    const message = this.#nextSent();
    assert.ok(message, `nothing more was sent, expected ${command}`);
    assert.equal(message.command, command);
    for (const word of words) {
      if (word.startsWith("!")) assert.equal(message.headers.has(word.slice(1)), false, word);
      else assert.deepEqual(message.headers.get(word.split(":")[0]), Object.values(pairs([word], ":"))[0], word);
    }
  }

  #nextSent() {
    const { socket } = this.#fake;
    if (socket !== this.#socket) {
      if (this.#socket) assert.equal(this.#socket.messages.length, this.#looked, "more was sent on the socket before");
      [this.#socket, this.#looked] = [socket, 0];
    }
    const message = socket?.messages[this.#looked];
    if (message) this.#looked++;
    return message;
  }

  reported(_, line) {
    assert.equal(this.#reported.shift(), line.slice("reported ".length));
  }

  async ready([channel, ...expected]) {
    const { ready } = this.#subscriptions.find((one) => one.channel === channel);
    assert.equal(readyOutcome(await outcome(ready)), expected.join(" "));
  }

  async left([channel, expected]) {
    const { left } = this.#subscriptions.find((one) => one.channel === channel && one.left);
    assert.equal((await outcome(left)).state, { pending: "pending", done: "resolved" }[expected]);
  }

  nothing() {
    assert.deepEqual(this.#reported, []);
    const message = this.#nextSent();
    assert.equal(message, undefined, message?.command);
  }
}

function reported(event, detail) {
  if (event === "open") return ["open"];
  if (event === "message") return [`message ${detail.command}`];
  if (event === "close") return [`close ${detail.code} ${detail.reconnectIn ?? "never"}`];
  if (event === "gap") return detail.channels.map((channel) => `gap ${channel} ${detail.missed ?? "?"}`);
  return [detail instanceof RefusedError ? `refused ${detail.status}` : "error"];
}

function presenceReport(channel, { count, complete, members, joined, left }) {
  const lists = [members, joined, left].map((list) => list.map(({ user, connection }) => user ?? connection).join(","));
  return ["presence", channel, count, ...lists.map((list) => list || "-"), ...(complete ? [] : ["incomplete"])].join(" ");
}

function readyOutcome({ state, error }) {
  if (state === "pending") return "pending";
  if (state === "resolved") return "done";
  if (error instanceof RefusedError) return `refused ${error.status}`;
  if (error instanceof DisconnectedError) return `closed ${error.code}`;
  return error.name === "AbortError" ? "unsubscribed" : String(error);
}

/** Parses words of the form NAME:VALUE or NAME=VALUE, in which %20 stands for a space. */
function pairs(words, separator) {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf(separator);
      return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1).replaceAll("%20", " ")];
    }),
  );
}

function clientOptions(line) {
  const { token, "fixed-token": fixed, ...rest } = pairs(line.split(" ").slice(1), "=");
  const options = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, OPTIONS[name](value)]));
  if (fixed) options.token = fixed;
  if (token) {
    const tokens = token.split(",");
    options.token = () => {
      const next = tokens.shift();
      if (next === "!") throw new Error("no token can be had");
      return next === "-" ? undefined : next;
    };
  }
  return options;
}

const text = await readFile(new URL("../../scenarios/scenarios.txt", import.meta.url), "utf8");
const scenarios = text.split(/^## /m).slice(1);

test("scenarios_haveDifferentNames", () => {
  const names = scenarios.map((scenario) => scenario.split(/\s/)[0]);
  assert.equal(new Set(names).size, names.length);
});

for (const [heading, ...lines] of scenarios.map((scenario) => scenario.split("\n"))) {
  test(heading, async () => {
    const steps = lines.filter((line) => line && !line.startsWith("#"));
    const options = steps[0].startsWith("options ") ? clientOptions(steps.shift()) : {};
    const scenario = await Scenario.start(options);
    for (const step of [...steps, "nothing"]) {
      await scenario.run(step).catch((error) => {
        error.message = `at "${step}": ${error.message}`;
        throw error;
      });
    }
    scenario.end();
  });
}
