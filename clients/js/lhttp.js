// LHTTP/1.0 over WebSocket, for browsers and Node. What each export promises stands in lhttp.d.ts.
// One file, so that a page needs no build: messages, the connection, what waits in it, HTTP, checks of arguments.

const START = "LHTTP/1.0 ";
const CRLF = "\r\n";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/; // RFC 9110, section 5.6.2
const COMMAND = /^[^\u0000-\u0020\u007f\ud800-\udfff]+$/u;
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f\ud800-\udfff]*$/u; // half a surrogate pair has no UTF-8
const SESSION = /^[A-Za-z0-9_-]{1,64}$/;
const POSITION = /^[A-Za-z0-9-]{1,64}$/;
const CHANNEL = /^[^\u0000-\u0020\u007f-\u009f\ud800-\udfff]+$/u;
const STATUS = /^[1-5]\d\d$/;
const SINGLETONS = ["upstream", "multipart", "authorization", "id"];
const LIMITS = { headerLines: 64, headerLineBytes: 8192 };
const NO_LIMITS = { headerLines: Infinity, headerLineBytes: Infinity }; // the server's may be wider

const FINAL_CODES = [1000, 1007, 1009, 4403];
const PAUSE_CODES = [1001, 4429];
const TRANSIENT_STATUSES = [429, 500, 502, 503, 504];
const STEADY = 10_000; // ms open, after which the back-off begins anew
const LONGEST_PAUSE = 3_600_000; // ms; a timer takes no more than 2^31
const CHANNELS_PER_MESSAGE = 30; // of 255 bytes each, they fit a header line of 8 KiB
const MOST_OF_THE_PAST = 1_000; // messages that `last` may ask for
const EVENTS = ["open", "message", "close", "gap", "error"];

const DEFAULTS = {
  token: undefined,
  session: undefined,
  timeout: 10_000,
  connectTimeout: 10_000,
  backoffBase: 500,
  backoffMax: 30_000,
  probeInterval: 30_000,
  maxQueued: 1_000,
  maxQueuedBytes: 1_048_576,
  maxMessageBytes: 65_536,
  WebSocket: undefined,
  clock: {
    now: () => performance.now(),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer),
  },
  random: Math.random,
  page: globalThis,
};

export class ProtocolError extends Error {
  name = "ProtocolError";

  constructor(status, reason) {
    super(`${status} ${reason}`);
    this.status = status;
  }
}

export class RefusedError extends Error {
  name = "RefusedError";

  constructor(what, { status, error, retryAfter, reply }) {
    super(`${what} was refused: ${status} ${error}`.trimEnd());
    Object.assign(this, { status, error, retryAfter, reply });
  }
}

export class DisconnectedError extends Error {
  name = "DisconnectedError";

  constructor(code, reason) {
    super(`the connection is closed: ${code} ${reason}`.trimEnd());
    Object.assign(this, { code, reason });
  }
}

export class TimeoutError extends Error {
  name = "TimeoutError";
}

export class QueueFullError extends Error {
  name = "QueueFullError";
}

// ---- messages

export class HeaderList {
  constructor(headers = []) {
    if (Object(headers) !== headers) {
      throw new TypeError(`headers: expected an object, pairs or a HeaderList, got ${shown(headers)}`);
    }
    const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
    this.lines = Object.freeze(
      Array.from(pairs, ([name, value]) => {
        if (!["string", "number", "boolean"].includes(typeof value)) {
          throw new TypeError(`header ${name}: expected a string, number or boolean, got ${shown(value)}`);
        }
        return Object.freeze([String(name), trimmed(String(value))]);
      }),
    );
  }

  get(name) {
    return this.getAll(name)[0];
  }

  getAll(name) {
    return this.lines.filter(([other]) => sameName(other, name)).map(([, value]) => value);
  }

  has(name) {
    return this.lines.some(([other]) => sameName(other, name));
  }

  words(name) {
    return this.getAll(name).flatMap((value) => value.split(" ").filter(Boolean));
  }

  without(...names) {
    return new HeaderList(this.lines.filter(([name]) => !names.some((other) => sameName(name, other))));
  }

  [Symbol.iterator]() {
    return this.lines[Symbol.iterator]();
  }
}

export function encode({ command, headers, body = "" }, limits = LIMITS) {
  const list = new HeaderList(headers);
  requireCommand(command);
  requireHeaders(list, limits);
  const head = START + command + CRLF + list.lines.map(([name, value]) => `${name}:${value}${CRLF}`).join("") + CRLF;
  if (typeof body === "string") {
    return head + body;
  }
  const [start, end] = [new TextEncoder().encode(head), bytesOf("body", body)];
  const wire = new Uint8Array(start.length + end.length);
  wire.set(start);
  wire.set(end, start.length);
  return wire;
}

export function decode(data, limits = LIMITS) {
  if (typeof data === "string") {
    const end = data.indexOf(CRLF + CRLF);
    return end < 0 ? parse(data, "", limits) : parse(data.slice(0, end + 2), data.slice(end + 4), limits);
  }
  const bytes = bytesOf("data", data);
  const end = emptyLine(bytes);
  const [head, body] = end < 0 ? [bytes, new Uint8Array()] : [bytes.subarray(0, end + 2), bytes.subarray(end + 4)];
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head);
  } catch {
    throw new ProtocolError(400, "the head is not UTF-8");
  }
  return parse(text, body, limits);
}

function parse(head, body, limits) {
  if (!head.startsWith(START)) {
    throw /^LHTTP\/\d+\.\d+ /.test(head)
      ? new ProtocolError(505, "only LHTTP/1.0 is spoken here")
      : new ProtocolError(400, "a message starts with LHTTP/1.0 and a command");
  }
  const [start, ...lines] = head.split(CRLF);
  if (lines.pop() !== "") throw new ProtocolError(400, "the head ends within a line");
  const command = start.slice(START.length);
  requireCommand(command);
  const headers = new HeaderList(
    lines.map((line) => {
      requireFits(line, limits);
      const colon = line.indexOf(":");
      if (colon < 0) throw new ProtocolError(400, `header ${shown(line)}: expected a colon`);
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  requireHeaders(headers, limits);
  return { command, headers, body };
}

function requireCommand(command) {
  if (typeof command !== "string" || !COMMAND.test(command) || exceeds(command, 128)) {
    const expected = "expected 1 to 128 bytes, no space and no control character";
    throw new ProtocolError(400, `command ${shown(command)}: ${expected}`);
  }
}

function requireHeaders(headers, limits) {
  if (headers.lines.length > limits.headerLines) {
    throw new ProtocolError(431, `${headers.lines.length} header lines: expected at most ${limits.headerLines}`);
  }
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) {
      throw new ProtocolError(400, `header ${shown(name)}: expected a token of 1 to 128 bytes`);
    }
    if (!VALUE.test(value)) {
      throw new ProtocolError(400, `header ${name}: expected no control character, got ${shown(value)}`);
    }
    requireFits(`${name}:${value}`, limits);
  }
  const doubled = SINGLETONS.find((name) => headers.getAll(name).length > 1);
  if (doubled) throw new ProtocolError(400, `header ${doubled}: expected once, stands twice`);
}

function requireFits(line, { headerLineBytes }) {
  if (exceeds(line, headerLineBytes)) {
    throw new ProtocolError(431, `header ${shown(line)}: expected at most ${headerLineBytes} bytes`);
  }
}

/** Where the CRLF of the last header line begins, or -1 without an empty line. */
function emptyLine(bytes) {
  for (let i = bytes.indexOf(13); i >= 0; i = bytes.indexOf(13, i + 1)) {
    if (bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) {
      return i;
    }
  }
  return -1;
}

function bytesOf(what, data) {
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new TypeError(`${what}: expected a string, a Uint8Array or an ArrayBuffer, got ${shown(data)}`);
}

/** Without spaces and tabs around it; a regular expression would take quadratic time on hostile values. */
function trimmed(value) {
  let [start, end] = [0, value.length];
  while (start < end && " \t".includes(value[start])) start++;
  while (end > start && " \t".includes(value[end - 1])) end--;
  return value.slice(start, end);
}

function sameName(a, b) {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

function byteLength(data) {
  return typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
}

function exceeds(data, limit) {
  return data.length > limit || (data.length * 3 > limit && byteLength(data) > limit);
}

function shown(value) {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

// ---- the connection

/** Every chain answers it, for the sake of `ack`, if only with a refusal; nobody is subscribed to this channel. */
const probe = (id) => encode({ command: "unsubscribe", headers: { unsubscribe: "lhttp-probe", ack: true, id } });

export function connect(url, options) {
  return new Connection(url, options);
}

class Connection {
  #url;
  #options;
  #outbox;
  #requests;
  #pulse;
  #leavePage;
  #state = "connecting";
  #socket;
  #openedAt;
  #attempt = 0;
  #awayUntil; // when the server is ready for the next attempt
  #timers = new Map(); // of this socket, or the one to the next → called where it is cancelled
  #token;
  #tokenRefused = false;
  #tokenUnchecked = false; // the server of this socket can't say yet whether it is good
  #end; // why it is closed for good
  #channels = new Map(); // name → Channel
  #listeners = new Map(EVENTS.map((name) => [name, new Set()]));

  constructor(url, options) {
    this.#url = absolute(url, "ws");
    this.#options = settings(options);
    this.#outbox = new Outbox(this.#options);
    this.#requests = new Requests(this.#options);
    this.#pulse = new Pulse(this.#options, {
      ask: () => this.#probe(),
      dead: (silence) => this.#drop(1006, `nothing came for ${silence} ms`),
    });
    this.#leavePage = onWake(this.#options.page, () => this.#wake());
    this.#open();
  }

  get state() {
    return this.#state;
  }

  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners) throw new TypeError(`event ${shown(event)}: expected one of ${EVENTS.join(", ")}`);
    requireFunction("listener", listener);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  send(message) {
    this.#transmit(message);
  }

  async request(message, options) {
    return this.#ask(`request ${message.command}`, message, options);
  }

  async publish(channels, message, options) {
    const headers = new HeaderList(message.headers);
    if (headers.has("publish")) throw new TypeError("header publish: the channels are publish()'s first argument");
    const names = channelList(channels);
    const retried = headers.has("message-id") && !headers.has("presence-session");
    const session = retried ? [["presence-session", this.#options.session]] : []; // over another connection, too
    const published = { ...message, headers: [...headers, ...session, ["publish", names]] };
    await this.#ask(`publish to ${names}`, acknowledged(published), { ...options, acknowledged: true });
  }

  subscribe(name, onMessage, past = {}) {
    requireChannel(name);
    requireFunction("onMessage", onMessage);
    requirePast(past);
    if (this.#end) throw this.#end;
    const channel = this.#channels.get(name) ?? new Channel(name);
    if (channel.members.size === 0) channel.begin(past); // it may be about to be left
    else if (Object.values(past).some((value) => value !== undefined)) {
      throw new Error(`channel ${shown(name)}: only its first subscription says what else is wanted (since, last, presence)`);
    }
    const member = { onMessage };
    const ready = new Promise((resolve, reject) => Object.assign(member, { resolve, reject }));
    ready.catch(() => {}); // the event `error` tells of it as well
    this.#channels.set(name, channel);
    channel.members.add(member);
    if (channel.joined) member.resolve();
    else if (channel.members.size === 1) this.#join([name]);
    return Object.freeze({ channel: name, ready, unsubscribe: () => this.#leave(name, member) });
  }

  close() {
    if (this.#end) return;
    const socket = this.#socket;
    this.#detach();
    socket?.close(1000);
    this.#finish(1000, "");
  }

  // -- a socket's life

  async #open() {
    this.#state = "connecting";
    let socket;
    try {
      if (!(await this.#renewToken())) return;
      socket = new this.#options.WebSocket(this.#url);
    } catch (error) {
      if (!this.#end) this.#emit("error", error);
      return this.#lost(1006, "no connection was tried");
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#socket === socket && this.#opened();
    socket.onmessage = ({ data }) => this.#socket === socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#socket === socket && this.#lost(code, reason);
    socket.onerror = () => {}; // a close follows
    this.#later(this.#options.connectTimeout, () => {
      if (this.#state === "connecting") this.#drop(1006, `not open after ${this.#options.connectTimeout} ms`);
    });
  }

  /** False where the server has refused the only token that there is. */
  async #renewToken() {
    const { token } = this.#options;
    const refused = this.#tokenRefused;
    const next = typeof token === "function" ? await token({ refused }) : token;
    if (this.#end) return false;
    if (refused && (!next || next === this.#token)) {
      this.#finish(4401, "the token was refused, and there is no new one");
      return false;
    }
    this.#token = next;
    this.#tokenRefused = false;
    return true;
  }

  #opened() {
    this.#state = "open";
    this.#openedAt = this.#options.clock.now();
    this.#pulse.start();
    if (this.#token) this.#authorize();
    this.#joinAll([...this.#channels.values()]);
    this.#outbox.drain((data) => this.#socket.send(data));
    this.#emit("open", {});
  }

  /** Shows the token, and again where the server can't check it now. Nothing waits for the answer: most often it is yes. */
  async #authorize(attempt = 0) {
    if (!this.#usable()) return; // the next connection shows it
    const socket = this.#socket;
    try {
      await this.#command("the token", { command: "authorize", headers: { authorization: `Bearer ${this.#token}` } });
    } catch (error) {
      if (this.#socket !== socket) return;
      this.#tokenUnchecked = passes(error);
      if ([401, 403].includes(error.status)) return this.#drop(4000 + error.status, error.error);
      if (this.#tokenUnchecked) {
        return this.#later(this.#pauseAfter(error, attempt), () => this.#authorize(attempt + 1));
      }
    }
    if (this.#socket === socket) this.#authorized();
  }

  #authorized() {
    this.#tokenUnchecked = false;
    this.#joinAll([...this.#channels.values()].filter(({ held }) => held));
  }

  /** Gives a socket up that has not closed by itself. */
  #drop(code, reason) {
    const socket = this.#socket;
    this.#lost(code, reason);
    socket.close();
  }

  #lost(code, reason) {
    if (this.#end) return; // by a listener, or while a token was awaited
    const { clock, token } = this.#options;
    this.#detach();
    if (clock.now() - this.#openedAt >= STEADY) this.#attempt = 0;
    this.#openedAt = undefined;
    this.#requests.fail(new DisconnectedError(code, reason), (id) => !this.#outbox.has(id));
    for (const [name, channel] of this.#channels) {
      Object.assign(channel, { join: undefined, joined: false, held: false });
      if (channel.members.size === 0) this.#channels.delete(name);
    }
    const refused = code === 4401 && !this.#tokenUnchecked;
    this.#tokenUnchecked = false;
    this.#tokenRefused ||= refused;
    if (FINAL_CODES.includes(code) || (refused && typeof token !== "function")) {
      return this.#finish(code, reason);
    }
    this.#state = "waiting";
    const pause = pauseAfter(code, reason);
    this.#awayUntil = clock.now() + pause;
    const reconnectIn = pause + this.#backoff(this.#attempt++);
    this.#later(reconnectIn, () => this.#open());
    this.#emit("close", { code, reason, reconnectIn });
  }

  #finish(code, reason) {
    this.#state = "closed";
    this.#leavePage();
    this.#end = new DisconnectedError(code, reason);
    this.#outbox.clear();
    this.#requests.fail(this.#end);
    for (const { members } of this.#channels.values()) {
      for (const member of members) member.reject(this.#end);
      members.clear();
    }
    this.#channels.clear();
    this.#emit("close", { code, reason, reconnectIn: null });
  }

  /** The network may be back, or somebody looks: a pause has lost its reason, and a connection may have died unseen. */
  #wake() {
    if (this.#state === "open") this.#pulse.ask();
    if (this.#state !== "waiting") return;
    this.#detach();
    this.#later(Math.max(0, this.#awayUntil - this.#options.clock.now()), () => this.#open());
  }

  /** Asks for a sign of life; returns what tells whether the server may still be busy with what it was asked before. */
  #probe() {
    const before = this.#requests.ids;
    if (this.#usable()) this.#socket.send(probe(this.#requests.probeId));
    return () => before.some((id) => this.#requests.has(id));
  }

  #detach() {
    this.#socket = undefined;
    this.#pulse.stop();
    for (const [timer, cancelled] of this.#timers) {
      this.#options.clock.clearTimeout(timer);
      cancelled();
    }
    this.#timers.clear();
  }

  #later(ms, run, cancelled = () => {}) {
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.set(timer, cancelled);
  }

  /** Is over at the latest with the socket. */
  #pause(ms) {
    return new Promise((resolve) => this.#later(ms, resolve, resolve));
  }

  /** How long to wait before what has failed is tried again. */
  #pauseAfter({ retryAfter }, attempt) {
    return pauseOf(retryAfter) + this.#backoff(attempt);
  }

  /** Exponential, with full jitter. */
  #backoff(attempt) {
    const { backoffBase, backoffMax, random } = this.#options;
    return random() * Math.min(backoffMax, backoffBase * 2 ** attempt);
  }

  // -- messages out

  #transmit(message, id = Symbol("message")) {
    if (this.#end) throw this.#end;
    const { maxMessageBytes, maxQueuedBytes } = this.#options;
    const data = encode(message, NO_LIMITS);
    if (exceeds(data, maxMessageBytes)) {
      const size = `a message of ${byteLength(data)} bytes`;
      throw new RangeError(`${size}: expected at most ${maxMessageBytes} (maxMessageBytes)`);
    }
    if (!this.#usable()) return this.#outbox.add(id, data);
    if (this.#socket.bufferedAmount > maxQueuedBytes) {
      throw new QueueFullError(`the socket has ${this.#socket.bufferedAmount} bytes waiting (maxQueuedBytes)`);
    }
    this.#socket.send(data);
  }

  /** A socket that is about to close takes messages, and drops them. */
  #usable() {
    return this.#state === "open" && this.#socket.readyState === 1;
  }

  #ask(what, message, { timeout = this.#options.timeout, signal, acknowledged } = {}) {
    requireCount("timeout", timeout);
    const { maxQueued } = this.#options;
    if (this.#requests.size >= maxQueued) {
      throw new QueueFullError(`${what}: ${maxQueued} requests wait for their replies (maxQueued)`);
    }
    return this.#start(what, message, { timeout, signal, acknowledged });
  }

  /** What the client says on its own account: unbounded, but never more than there are channels. */
  #command(what, message, started) {
    const options = { timeout: this.#options.timeout, acknowledged: true, own: true, started };
    return this.#start(what, acknowledged(message), options);
  }

  #start(what, message, options) {
    const cancel = (id) => this.#outbox.remove(id);
    return this.#requests.start(what, { ...options, cancel }, (id) => {
      const headers = new HeaderList(message.headers);
      if (headers.has("id")) throw new TypeError("header id: it is set here; to choose one, use send()");
      options.started?.(id);
      this.#transmit({ ...message, headers: [...headers, ["id", id]] }, id);
    });
  }

  // -- messages in

  #receive(data) {
    this.#pulse.heard();
    let message;
    try {
      message = decode(data, NO_LIMITS);
    } catch (error) {
      return this.#emit("error", error);
    }
    const id = message.headers.get("id");
    if (id === this.#requests.probeId) return this.#pulse.heard(pauseOf(secondsOf(message.headers.get("retry-after"))));
    if (id !== undefined) {
      const taken = this.#requests.settle(id, message) || this.#noticed(id, message) || this.#requests.late(id, message);
      return taken || this.#emit("message", message);
    }
    const revoked = message.headers.get("unsubscribed");
    if (revoked !== undefined) return this.#revoked(revoked, message);
    const named = message.headers.words("publish");
    if (message.command === "presence" && named.length === 0) return this.#present(message);
    const by = message.headers.get("channel");
    const channel = this.#channelOf(by, named);
    if (channel?.members.size === 0) return; // the server is about to know
    const arrival = channel?.take(message.headers);
    if (arrival === "again") return;
    if (arrival === "after a gap") this.#emit("gap", { missed: undefined, channels: [channel.name] });
    const [missed] = /^[1-9]\d{0,8}$/.exec(message.headers.get("missed")) ?? [];
    if (missed && !this.#end) this.#emit("gap", { missed: Number(missed), channels: by === undefined && !channel ? named : [channel?.name ?? by] });
    if (this.#end) return; // by a listener
    if (!channel) return this.#emit("message", message);
    for (const member of [...channel.members]) {
      if (channel.members.has(member)) this.#call(member.onMessage, message);
    }
  }

  /** Takes what the server says of who is there. */
  #present(message) {
    const channel = this.#channels.get(message.headers.get("channel"));
    if (!channel?.presence) return this.#emit("message", message);
    if (channel.members.size === 0) return;
    try {
      const change = channel.present(message);
      this.#call(channel.presence, change);
    } catch (error) {
      this.#emit("error", error);
    }
  }

  /** Takes what the server says of where a subscription begins; false for any other message. */
  #noticed(id, { headers }) {
    const name = headers.get("channel");
    if (name === undefined || !this.#requests.own(id)) return false;
    if (Number(headers.get("status")) >= 400) return this.#unsubscribed(this.#channels.get(name), id, headers);
    if (this.#channels.get(name)?.notice(id, headers)) this.#emit("gap", { missed: undefined, channels: [name] });
    return true;
  }

  /** The server could not fetch what was asked for, and has ended the subscription: it is asked again, from the same place. */
  #unsubscribed(channel, id, headers) {
    const pause = pauseOf(secondsOf(headers.get("retry-after"))) + this.#backoff(0);
    if (channel?.asked === id) this.#later(pause, () => channel.asked === id && this.#join([channel.name]));
    return true;
  }

  /** The server no longer allows a subscription. One that is just being asked for gets an answer of its own. */
  #revoked(name, reply) {
    const channel = this.#channels.get(name);
    if (!channel?.joined || channel.members.size === 0) return;
    const { headers } = reply;
    const refusal = { status: Number(headers.get("status")), error: headers.get("error") ?? "", reply };
    this.#refused(name, new RefusedError(`subscription to ${name}`, refusal));
  }

  /** The subscribed channel by which a message came: the server says which. One of before says so with a history only. */
  #channelOf(by, named) {
    if (by !== undefined) return this.#channels.get(by);
    const mine = named.flatMap((name) => this.#channels.get(name) ?? []);
    return mine.find(({ position }) => !position) ?? mine[0];
  }

  #emit(event, detail) {
    const listeners = this.#listeners.get(event);
    if (event === "error" && listeners.size === 0) console.error(detail);
    const failed = event === "error" ? surface : undefined; // or it would go round in circles
    for (const listener of [...listeners]) {
      if (listeners.has(listener)) this.#call(listener, detail, failed);
    }
  }

  /** What a callback throws, now or as a promise, stops nothing here. */
  #call(callback, detail, failed = (error) => this.#failed(error)) {
    try {
      const result = callback(detail);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #failed(error) {
    if (this.#listeners.get("error").size > 0) this.#emit("error", error);
    else surface(error);
  }

  // -- channels

  /** In few messages. */
  #joinAll(channels) {
    for (const { name } of channels.filter(({ special }) => special)) this.#join([name]);
    const names = channels.filter(({ special }) => !special).map(({ name }) => name);
    for (let i = 0; i < names.length; i += CHANNELS_PER_MESSAGE) {
      this.#join(names.slice(i, i + CHANNELS_PER_MESSAGE));
    }
  }

  async #join(names, attempt = 0) {
    if (!this.#usable()) return; // the next connection joins
    const [socket, join] = [this.#socket, Symbol("join")];
    const wanted = () => names.filter((name) => this.#channels.get(name)?.join === join);
    const channels = names.map((name) => this.#channels.get(name));
    for (const channel of channels) Object.assign(channel, { join, held: false });
    try {
      const list = names.join(" ");
      const headers = { subscribe: list, "presence-session": this.#options.session, ...pastOf(channels) };
      if (channels[0].presence) headers["presence-events"] = true;
      const asked = (id) => channels.forEach((channel) => (channel.asked = id));
      await this.#command(`subscribe to ${list}`, { command: "subscribe", headers }, asked);
      for (const name of wanted()) this.#joined(this.#channels.get(name));
    } catch (error) {
      if (this.#socket !== socket) return;
      if (passes(error)) {
        this.#later(this.#pauseAfter(error, attempt), () => wanted().length > 0 && this.#join(wanted(), attempt + 1));
      } else if (this.#tokenUnchecked && [401, 403].includes(error.status)) {
        for (const name of wanted()) this.#channels.get(name).held = true;
      } else if (names.length > 1) {
        this.#joinHalves(wanted()); // to find those that are refused
      } else {
        wanted().forEach((name) => this.#refused(name, error));
      }
    }
  }

  #joinHalves(names) {
    const half = Math.ceil(names.length / 2);
    for (const part of [names.slice(0, half), names.slice(half)]) {
      if (part.length > 0) this.#join(part);
    }
  }

  #joined(channel) {
    channel.joined = true;
    for (const member of channel.members) member.resolve();
  }

  #refused(name, error) {
    const { members } = this.#channels.get(name);
    this.#channels.delete(name);
    for (const member of members) member.reject(error);
    this.#emit("error", error);
  }

  async #leave(name, member) {
    member.reject(new DOMException(`unsubscribed from ${name}`, "AbortError"));
    const channel = this.#channels.get(name);
    if (!channel?.members.delete(member) || channel.members.size > 0) return;
    if (!this.#usable() || channel.held) return void this.#channels.delete(name);
    const leave = Symbol("leave");
    Object.assign(channel, { join: undefined, joined: false, leave });
    const socket = this.#socket;
    const unwanted = () => this.#socket === socket && channel.leave === leave;
    await this.#unsubscribe(name, unwanted);
    if (unwanted()) this.#channels.delete(name);
  }

  /** Goes on until the server has taken it, for as long as it is meant. */
  async #unsubscribe(name, unwanted) {
    for (let attempt = 0; unwanted() && this.#usable(); attempt++) {
      try {
        await this.#command(`unsubscribe from ${name}`, { command: "unsubscribe", headers: { unsubscribe: name } });
        return;
      } catch (error) {
        if (!unwanted()) return;
        if (!passes(error)) return this.#emit("error", error);
        await this.#pause(this.#pauseAfter(error, attempt));
      }
    }
  }
}

/** Whether the same message may well succeed later, on the same connection. */
function passes(error) {
  if (error instanceof RefusedError) return TRANSIENT_STATUSES.includes(error.status);
  return error instanceof TimeoutError || error instanceof QueueFullError;
}

function acknowledged(message) {
  return { ...message, headers: [...new HeaderList(message.headers).without("ack"), ["ack", "true"]] };
}

/** A channel that the server knows of or is to know of, and how far it was heard. */
class Channel {
  members = new Set();
  join; // the latest try to subscribe
  joined = false;
  leave; // the latest try to unsubscribe, for as long as it is meant
  held = false; // refused for want of a token that the server could not check yet
  position; // behind which to go on; none as long as the channel is not known to have a history
  last; // how many of the newest are wanted, until the server has said where the subscription begins
  asked; // the id of the request whose notice is awaited
  presence; // who is told of who is there
  #present = new Map();

  constructor(name) {
    this.name = name;
  }

  begin({ since, last, presence }) {
    Object.assign(this, { position: since, last, presence, asked: undefined, leave: undefined });
  }

  /** Whether it can't share a message with others. */
  get special() {
    return this.last !== undefined || this.presence !== undefined;
  }

  /** Whether the channel has a history, as far as is known, or is about to say so. */
  get looksBack() {
    return this.position !== undefined || this.last !== undefined;
  }

  /** Takes a list of who is there, or what has changed of it. */
  present({ headers, body }) {
    const { members, joined = [], left = [] } = body ? JSON.parse(body) : {};
    const key = ({ user, connection }) => (user === undefined ? `c${connection}` : `u${user}`);
    if (members) this.#present.clear();
    for (const member of left) this.#present.delete(key(member));
    for (const member of [...(members ?? []), ...joined]) this.#present.set(key(member), member);
    return {
      count: Number(headers.get("count")),
      complete: headers.get("complete") !== "false",
      members: [...this.#present.values()],
      joined,
      left,
    };
  }

  /** Takes the notice that says where the subscription begins; true where something may be missing before it. */
  notice(id, headers) {
    if (this.asked !== id) return false; // it was asked for anew since
    Object.assign(this, { asked: undefined, last: undefined, position: positionIn(headers) });
    return headers.get("recovered") === "false";
  }

  /** Takes a delivery, and remembers where it stands. */
  take(headers) {
    if (!this.looksBack) return "next";
    const position = positionIn(headers);
    if (position && this.asked) return "again"; // what was asked for brings it
    if (!this.position) return "next";
    this.position = position;
    return position ? "next" : "after a gap"; // this server has no history
  }
}

function positionIn(headers) {
  const position = headers.get("position");
  return POSITION.test(position ?? "") ? position : undefined; // it is said again: it may hold nothing else
}

/** The headers that ask for what came behind what was heard last. */
function pastOf(channels) {
  const last = channels.length === 1 ? channels[0].last : undefined;
  const since = channels.map(({ position }) => position ?? "now").join(" ");
  if (!last) return { since };
  return channels[0].position ? { since, last } : { last };
}

/** Messages that wait for the connection. */
class Outbox {
  #waiting = new Map();
  #bytes = 0;
  #limits;

  constructor(limits) {
    this.#limits = limits;
  }

  add(id, data) {
    const { maxQueued, maxQueuedBytes } = this.#limits;
    const size = byteLength(data);
    if (this.#waiting.size >= maxQueued || this.#bytes + size > maxQueuedBytes) {
      const limits = `maxQueued ${maxQueued}, maxQueuedBytes ${maxQueuedBytes}`;
      throw new QueueFullError(`${this.#waiting.size} messages wait for the connection (${limits})`);
    }
    this.#waiting.set(id, { data, size });
    this.#bytes += size;
  }

  has(id) {
    return this.#waiting.has(id);
  }

  remove(id) {
    this.#bytes -= this.#waiting.get(id)?.size ?? 0;
    this.#waiting.delete(id);
  }

  drain(send) {
    for (const { data } of this.#waiting.values()) send(data);
    this.clear();
  }

  clear() {
    this.#waiting.clear();
    this.#bytes = 0;
  }
}

/** Requests without an answer yet, by id. */
class Requests {
  #waiting = new Map();
  #count = 0;
  #clock;
  #prefix = `lhttp-${randomWord()}-`; // no other client's ids begin with it
  #own = `${this.#prefix}own-`;
  probeId = `${this.#own}probe`;

  constructor({ clock }) {
    this.#clock = clock;
  }

  get size() {
    return this.#waiting.size;
  }

  get ids() {
    return [...this.#waiting.keys()];
  }

  has(id) {
    return this.#waiting.has(id);
  }

  /** Whether this is the id of a request of the client's own, answered or not. */
  own(id) {
    return id.startsWith(this.#own);
  }

  start(what, { timeout, signal, acknowledged, own, cancel }, send) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = `${own ? this.#own : this.#prefix}${++this.#count}`;
      const end = (settle, value) => {
        this.#waiting.delete(id);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        settle(value);
      };
      const giveUp = (error) => {
        cancel(id);
        end(reject, error);
      };
      const abort = () => giveUp(signal.reason);
      const late = () => giveUp(new TimeoutError(`${what}: no reply within ${timeout} ms`));
      const timer = this.#clock.setTimeout(late, timeout);
      signal?.addEventListener("abort", abort);
      const [succeed, fail] = [resolve, reject].map((settle) => (value) => end(settle, value));
      this.#waiting.set(id, { what, acknowledged, succeed, fail });
      try {
        send(id);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Whether this was the reply that somebody waits for; an acknowledgement is one with a status. */
  settle(id, reply) {
    const request = this.#waiting.get(id);
    const [status] = STATUS.exec(reply.headers.get("status")) ?? [];
    if (!request || (request.acknowledged && status === undefined)) return false;
    if (Number(status) >= 400) {
      const error = reply.headers.get("error") ?? "";
      const retryAfter = secondsOf(reply.headers.get("retry-after"));
      request.fail(new RefusedError(request.what, { status: Number(status), error, retryAfter, reply }));
    } else {
      request.succeed(reply);
    }
    return true;
  }

  /** Whether this says how a request of the client's own went that was given up. */
  late(id, { headers }) {
    return this.own(id) && STATUS.test(headers.get("status"));
  }

  fail(error, which = () => true) {
    for (const [id, request] of [...this.#waiting]) {
      if (which(id)) request.fail(error);
    }
  }
}

/**
 * Finds out where the other side has died without a word: where nothing has come for an interval it is asked, and has a
 * third of one to say anything. Browsers keep WebSocket's own pings to themselves.
 */
class Pulse {
  #clock;
  #interval;
  #on;
  #heardAt;
  #asked = false;
  #timer;

  constructor({ clock, probeInterval }, on) {
    this.#clock = clock;
    this.#interval = probeInterval;
    this.#on = on;
  }

  start() {
    this.heard();
    this.#watch();
  }

  stop() {
    this.#asked = false;
    this.#clock.clearTimeout(this.#timer);
  }

  /** @param pause for how long it wants no question beside the interval */
  heard(pause = 0) {
    this.#asked = false;
    this.#heardAt = this.#clock.now() + pause;
  }

  ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#listen(this.#on.ask());
  }

  #watch() {
    const left = this.#heardAt + this.#interval - this.#clock.now();
    if (left > 0) this.#wait(left, () => this.#watch());
    else this.ask();
  }

  /** A timer that is late tells of a sleep: what came meanwhile is handed over after it. */
  #listen(busy, mayBeLate = true) {
    const patience = this.#interval / 3;
    const due = this.#clock.now() + patience;
    this.#wait(patience, () => {
      const late = mayBeLate && this.#clock.now() > due + patience;
      if (!this.#asked) this.#watch();
      else if (late || busy()) this.#listen(busy, mayBeLate && !late);
      else this.#on.dead(Math.round(this.#clock.now() - this.#heardAt));
    });
  }

  #wait(ms, run) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(run, ms);
    this.#timer?.unref?.(); // the socket says how long Node runs
  }
}

/** Calls back when the page has a network again or is looked at again; never where there is no page. Returns what ends it. */
function onWake(page, wake) {
  const { document } = page;
  const shown = () => document.visibilityState === "visible" && wake();
  page.addEventListener?.("online", wake);
  document?.addEventListener?.("visibilitychange", shown);
  return () => {
    page.removeEventListener?.("online", wake);
    document?.removeEventListener?.("visibilitychange", shown);
  };
}

// ---- over HTTP

export async function publishOverHttp(url, channels, command, headers, body, { signal } = {}) {
  const names = channelList(channels);
  const message = encode({ command, headers: [...new HeaderList(headers), ["publish", names]], body }, NO_LIMITS);
  const type = typeof message === "string" ? "text/plain; charset=utf-8" : "application/octet-stream";
  const base = absolute(url, "http");
  const response = await fetch(new URL("publish", base), {
    method: "POST",
    headers: { "content-type": type },
    body: message,
    signal: signal ?? AbortSignal.timeout(DEFAULTS.timeout),
  });
  const answer = (await response.json().catch(() => undefined)) ?? {};
  if (!response.ok) {
    const retryAfter = secondsOf(response.headers.get("retry-after"));
    const error = String(answer.error ?? response.statusText);
    throw new RefusedError(`publish to ${names}`, { status: response.status, error, retryAfter });
  }
  return answer;
}

// ---- what callers hand over

/** @param {"ws" | "http"} scheme with or without its `s`, what the other one becomes */
function absolute(url, scheme) {
  let parsed;
  try {
    parsed = new URL(url, globalThis.location?.href);
  } catch {
    throw new TypeError(`url ${shown(url)}: expected ${scheme}://HOST:PORT/`);
  }
  parsed.protocol = parsed.protocol.replace(/^(ws|http)/, scheme);
  parsed.hash = "";
  if (!parsed.protocol.startsWith(scheme)) {
    throw new TypeError(`url ${shown(url)}: expected ${scheme}: or ${scheme}s:, got ${parsed.protocol}`);
  }
  return parsed.href;
}

function settings(options = {}) {
  const all = { ...DEFAULTS, WebSocket: globalThis.WebSocket };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new TypeError(`option ${shown(name)}: expected one of ${Object.keys(DEFAULTS).join(", ")}`);
    }
    if (typeof DEFAULTS[name] === "number" && value !== undefined) requireCount(`option ${name}`, value);
    if (value !== undefined) all[name] = value;
  }
  all.session ??= `s-${randomWord()}`;
  if (!SESSION.test(all.session)) {
    throw new TypeError(`option session: expected 1 to 64 letters, digits, _ and -, got ${shown(all.session)}`);
  }
  if (!all.WebSocket) {
    throw new TypeError("option WebSocket: expected a constructor, as this runtime has none (Node has from 22 on)");
  }
  return all;
}

/** 128 bits that nobody can guess. */
function randomWord() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function requireCount(what, value) {
  if (!(typeof value === "number" && value > 0 && value < 2 ** 31)) {
    throw new RangeError(`${what}: expected a number over 0 and under 2^31, got ${shown(value)}`);
  }
}

function requireFunction(what, value) {
  if (typeof value !== "function") throw new TypeError(`${what}: expected a function, got ${shown(value)}`);
}

function requireChannel(name) {
  if (typeof name !== "string" || !CHANNEL.test(name) || exceeds(name, 255)) {
    const expected = "expected 1 to 255 bytes, no space and no control character";
    throw new TypeError(`channel ${shown(name)}: ${expected}`);
  }
}

function requirePast({ since, last, presence }) {
  if (presence !== undefined) requireFunction("presence", presence);
  if (since !== undefined && !POSITION.test(since)) {
    throw new TypeError(`since ${shown(since)}: expected what the header position of a delivery says`);
  }
  if (last !== undefined && !(Number.isInteger(last) && last >= 1 && last <= MOST_OF_THE_PAST)) {
    throw new RangeError(`last ${shown(last)}: expected a number from 1 to ${MOST_OF_THE_PAST}`);
  }
}

function channelList(channels) {
  const names = [channels].flat();
  if (names.length === 0) throw new TypeError("channels: expected at least one");
  names.forEach(requireChannel);
  return names.join(" ");
}

/** Seconds as a header or a close reason has them. */
function secondsOf(text) {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

/** How long the server asks to stay away, in milliseconds: `draining; retry-after=2.5`. */
function pauseAfter(code, reason) {
  const [, seconds] = /(?:^|[\s;])retry-after=([\d.]+)/.exec(reason) ?? [];
  return PAUSE_CODES.includes(code) ? pauseOf(secondsOf(seconds)) : 0;
}

/** In milliseconds. */
function pauseOf(seconds = 0) {
  return Math.min(LONGEST_PAUSE, seconds * 1000);
}

/** As the uncaught error that it is: browsers show it, and Node ends. */
function surface(error) {
  queueMicrotask(() => {
    throw error;
  });
}
