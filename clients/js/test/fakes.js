// A clock that a test advances, a WebSocket without a network, and a page. They replace the runtime's globals.
import { connect, decode, encode } from "../lhttp.js";

const real = { setTimeout, clearTimeout, random: Math.random };
const PAGE = ["addEventListener", "removeEventListener", "document"];

/** Returns after all code has run that waits only for settled promises. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export class FakeClock {
  #now = 0;
  #timers = new Map();
  #last = 0;

  now = () => this.#now;
  clearTimeout = (timer) => this.#timers.delete(timer);
  setTimeout = (run, ms) => {
    this.#timers.set(++this.#last, { at: this.#now + ms, run });
    return this.#last;
  };

  /** Replaces the runtime's clock and timers by this clock. */
  install() {
    Object.assign(globalThis, { setTimeout: this.setTimeout, clearTimeout: this.clearTimeout });
    performance.now = this.now;
  }

  /** The number of pending timers. */
  get pending() {
    return this.#timers.size;
  }

  async advance(ms) {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
      await settle();
    }
    this.#now = until;
  }

  /** Advances the time without running timers, as when a machine sleeps; the timers run late. */
  sleep(ms) {
    this.#now += ms;
  }
}

/** A window with its document, which is visible or hidden. */
export class FakePage extends EventTarget {
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });

  online() {
    this.dispatchEvent(new Event("online"));
  }

  show(visibilityState) {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** Sets the globals window and document; removes them if there is no page, as in Node. */
function installPage(page) {
  for (const name of PAGE) {
    const value = page?.[name];
    if (value === undefined) delete globalThis[name];
    else globalThis[name] = typeof value === "function" ? value.bind(page) : value;
  }
}

/** Restores the runtime's own clock, random numbers and page. */
export function uninstall() {
  Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  Math.random = real.random;
  delete performance.now;
  installPage(undefined);
}

/** A socket for the client. A test plays the server by the methods that are no WebSocket's. */
class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  sent = [];
  closedWith = undefined;

  constructor(url) {
    this.url = url;
  }

  send(data) {
    if (this.readyState === 0) throw new Error("InvalidStateError");
    if (this.readyState === 1) this.sent.push(data);
  }

  close(code) {
    this.readyState = 2;
    this.closedWith = code ?? "no code";
  }

  /** The messages that the client has sent so far, parsed. */
  get messages() {
    return this.sent.map((data) => decode(data));
  }

  /** The last message sent with this command. */
  last(command) {
    return this.messages.findLast((message) => message.command === command);
  }

  async open() {
    this.readyState = 1;
    this.onopen({});
    await settle();
  }

  async receive(command, headers, body) {
    await this.receiveRaw(encode({ command, headers, body }));
  }

  async receiveRaw(data) {
    this.onmessage({ data: typeof data === "string" ? data : data.buffer });
    await settle();
  }

  /** Replies to the client's last message with this command. */
  async reply(command, headers, body) {
    const id = this.last(command).headers.get("id");
    await this.receive(command, [["id", id], ...Object.entries(headers)], body);
  }

  async end(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
    await settle();
  }
}

/** Creates a client of a fake server, and records the client's events. Random numbers are one half by default. */
export async function client({ clock = new FakeClock(), random = () => 0.5, page, ...options } = {}) {
  clock.install();
  Math.random = random;
  installPage(page);
  const sockets = [];
  class WebSocket extends FakeSocket {
    constructor(url) {
      super(url);
      sockets.push(this);
    }
  }
  const connection = connect("ws://server/", { WebSocket, ...options });
  const reported = { open: [], message: [], close: [], gap: [], error: [] };
  for (const [event, details] of Object.entries(reported)) {
    connection.on(event, (detail) => details.push(detail));
  }
  await settle();
  return {
    connection,
    clock,
    sockets,
    reported,
    get socket() {
      return sockets.at(-1);
    },
  };
}

/** As {@link client}, but returns after the client has connected. */
export async function connected(options) {
  const fake = await client(options);
  await fake.socket.open();
  return fake;
}

/** Records the outcome of a promise, so that a rejection is not unhandled. */
export function watch(promise) {
  const watched = { state: "pending", value: undefined, error: undefined };
  promise.then(
    (value) => Object.assign(watched, { state: "resolved", value }),
    (error) => Object.assign(watched, { state: "rejected", error }),
  );
  return watched;
}

/** Returns the current outcome of a promise: its value, its error, or that it is pending. */
export async function outcome(promise) {
  const watched = promise instanceof Promise ? watch(promise) : promise;
  await settle();
  return watched;
}

/** The commands of the messages that the client has sent so far. */
export const commands = (socket) => socket.messages.map(({ command }) => command);
