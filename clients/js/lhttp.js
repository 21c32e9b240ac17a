// LHTTP/1.0 over WebSocket, for browsers and Node. lhttp.d.ts holds the contract of each export.
// Packed from src/ by pack.js: change the modules there, then run `npm run pack`.

// ---- text.js

/** Returns a value for an error's text, cut after 60 characters. */
function shown(value) {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Removes the spaces and tabs around a value. A regular expression would take quadratic time for hostile values. */
function trimmed(value) {
  let [start, end] = [0, value.length];
  while (start < end && " \t".includes(value[start])) start++;
  while (end > start && " \t".includes(value[end - 1])) end--;
  return value.slice(start, end);
}

/** Returns the number of bytes of a string in UTF-8, or of bytes. */
function byteLength(data) {
  return typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
}

/** Whether data has more bytes than the limit. A string is only encoded if its length in characters does not decide. */
function exceeds(data, limit) {
  return data.length > limit || (data.length * 3 > limit && byteLength(data) > limit);
}

/** Returns the bytes of a buffer or a view, without a copy. */
function bytesOf(what, data) {
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new TypeError(`${what}: expected a string, a Uint8Array or an ArrayBuffer, got ${shown(data)}`);
}

/** Returns 128 random bits as 32 hexadecimal digits, from the runtime's secure generator. */
function randomWord() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the seconds that a header or a close reason states; undefined if the text is malformed. */
function secondsOf(text) {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

// ---- checks.js

const CHANNEL = /^[^\u0000-\u0020\u007f-\u009f\ud800-\udfff]+$/u;
const POSITION = /^[A-Za-z0-9-]{1,64}$/;
const LARGEST_LAST = 1_000; // the protocol's limit for the header `last`

/**
 * Returns an absolute URL with this scheme. In a browser a relative one is resolved against the page.
 *
 * @param {"ws" | "http"} scheme replaces the other one; a final `s` of the given scheme stays
 */
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

/** Checks the options of a subscription, and throws if one is malformed. */
function requireSubscribeOptions({ since, last, presence }) {
  if (presence !== undefined) requireFunction("presence", presence);
  if (since !== undefined && !POSITION.test(since)) {
    throw new TypeError(`since ${shown(since)}: expected the header position of a delivery`);
  }
  if (last !== undefined && !(Number.isInteger(last) && last >= 1 && last <= LARGEST_LAST)) {
    throw new RangeError(`last ${shown(last)}: expected a number from 1 to ${LARGEST_LAST}`);
  }
}

/** Returns the value of a header that lists channels. */
function channelList(channels) {
  const names = [channels].flat();
  if (names.length === 0) throw new TypeError("channels: expected at least one");
  names.forEach(requireChannel);
  return names.join(" ");
}

/** Returns the position that a server sent; undefined if it is malformed, because the client sends positions back. */
function positionIn(headers) {
  const position = headers.get("position");
  return POSITION.test(position ?? "") ? position : undefined;
}

// ---- errors.js

/** Thrown for a malformed message. `status` is the status with which a server answers such a message. */
class ProtocolError extends Error {
  name = "ProtocolError";

  constructor(status, reason) {
    super(`${status} ${reason}`);
    this.status = status;
  }
}

/** Thrown if the server has refused a message. */
class RefusedError extends Error {
  name = "RefusedError";

  constructor(what, { status, error, retryAfter, reply }) {
    super(`${what} was refused: ${status} ${error}`.trimEnd());
    Object.assign(this, { status, error, retryAfter, reply });
  }
}

/** Thrown if the connection was lost, or is closed for good. */
class DisconnectedError extends Error {
  name = "DisconnectedError";

  constructor(code, reason) {
    super(`the connection is closed: ${code} ${reason}`.trimEnd());
    Object.assign(this, { code, reason });
  }
}

/** Thrown if no reply came in time. */
class TimeoutError extends Error {
  name = "TimeoutError";
}

/** Thrown if a limit of a queue is reached. */
class QueueFullError extends Error {
  name = "QueueFullError";
}

// ---- headers.js

/** Header lines in their order. Immutable. */
class HeaderList {
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

function sameName(a, b) {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

// ---- codec.js

const START = "LHTTP/1.0 ";
const CRLF = "\r\n";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/; // RFC 9110, section 5.6.2
const COMMAND = /^[^\u0000-\u0020\u007f\ud800-\udfff]+$/u;
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f\ud800-\udfff]*$/u; // half a surrogate pair has no UTF-8
const SINGLETONS = ["upstream", "multipart", "authorization", "id"];
const LIMITS = { headerLines: 64, headerLineBytes: 8192 };

/**
 * Limits for messages that a connection receives, because the server may have wider limits than the protocol's
 * defaults.
 */
const NO_LIMITS = { headerLines: Infinity, headerLineBytes: Infinity };

/**
 * Writes a message with a body or with parts. Returns a string for a text frame, or, if the body or a part is bytes, the
 * bytes of a binary frame.
 */
function encode({ command, headers, body = "", parts }, limits = LIMITS) {
  requireCommand(command);
  const list = new HeaderList(headers);
  return parts === undefined
    ? written(command, list, [body], limits)
    : multipart(command, list, body, parts, limits);
}

function written(command, headers, pieces, limits) {
  requireHeaders(headers, limits);
  return frameOf([START + command + CRLF + headLines(headers) + CRLF, ...pieces]);
}

function multipart(command, headers, body, parts, limits) {
  if (!Array.isArray(parts) || parts.length === 0) throw new TypeError(`parts: expected one or more, got ${shown(parts)}`);
  if (body !== "") throw new TypeError("body: expected none beside parts");
  if (headers.has("multipart")) throw new TypeError("header multipart: it is set here, to where the parts begin");
  const offsets = [];
  const pieces = [];
  let end = 0;
  for (const part of parts) {
    const own = new HeaderList(part.headers);
    requireHeaders(own, limits);
    const [head, content] = [headLines(own) + CRLF, part.body ?? ""];
    offsets.push(end);
    pieces.push(head, content);
    end += byteLength(head) + (typeof content === "string" ? byteLength(content) : bytesOf("body", content).length);
  }
  return written(command, new HeaderList([...headers, ["multipart", offsets.join(" ")]]), pieces, limits);
}

const headLines = (headers) => headers.lines.map(([name, value]) => `${name}:${value}${CRLF}`).join("");

/** Joins strings and bytes: to a string if all are strings, otherwise to bytes. */
function frameOf(pieces) {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  const encoder = new TextEncoder();
  const chunks = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : bytesOf("body", piece)));
  const wire = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    wire.set(chunk, at);
    at += chunk.length;
  }
  return wire;
}

/** Returns the parts of a received message, in order; none if it has no header `multipart`. */
function partsOf({ headers, body }, limits = LIMITS) {
  const list = new HeaderList(headers);
  if (!list.has("multipart")) return [];
  const text = typeof body === "string";
  const bytes = text ? new TextEncoder().encode(body) : bytesOf("body", body);
  const offsets = list.words("multipart");
  if (offsets.length === 0) throw malformedParts("no offset");
  const starts = offsets.map((word, i) => {
    if (!/^\d{1,9}$/.test(word) || Number(word) > bytes.length) throw malformedParts(`${shown(word)} is no offset of the body`);
    if (i > 0 && Number(word) <= Number(offsets[i - 1])) throw malformedParts("offsets ascend");
    return Number(word);
  });
  return starts.map((start, i) => partAt(bytes.subarray(start, starts[i + 1]), text, limits));
}

function partAt(bytes, text, limits) {
  const bare = bytes[0] === 13 && bytes[1] === 10;
  const end = bare ? -2 : emptyLine(bytes);
  if (end === -1) throw malformedParts("a part has no empty line");
  const headers = new HeaderList(bare ? [] : headerLines(headText(bytes.subarray(0, end)).split(CRLF), limits));
  requireHeaders(headers, limits);
  const body = bytes.subarray(end + 4);
  return { headers, body: text ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(body) : body };
}

const malformedParts = (reason) => new ProtocolError(400, `multipart: ${reason}`);

/**
 * Reads a message from the string of a text frame or the bytes of a binary frame. A body of bytes is a view, not a
 * copy.
 */
function decode(data, limits = LIMITS) {
  if (typeof data === "string") {
    const end = data.indexOf(CRLF + CRLF);
    return end < 0 ? parse(data, "", limits) : parse(data.slice(0, end + 2), data.slice(end + 4), limits);
  }
  const bytes = bytesOf("data", data);
  const end = emptyLine(bytes);
  const [head, body] = end < 0 ? [bytes, new Uint8Array()] : [bytes.subarray(0, end + 2), bytes.subarray(end + 4)];
  return parse(headText(head), body, limits);
}

function headText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError(400, "the head is not UTF-8");
  }
}

function parse(head, body, limits) {
  if (!head.startsWith(START)) {
    throw /^LHTTP\/\d+\.\d+ /.test(head)
      ? new ProtocolError(505, "only LHTTP/1.0 is spoken here")
      : new ProtocolError(400, "a message starts with LHTTP/1.0 and a command");
  }
  const [start, ...rest] = head.split(CRLF);
  if (rest.pop() !== "") throw new ProtocolError(400, "the head ends within a line");
  const command = start.slice(START.length);
  requireCommand(command);
  const headers = new HeaderList(headerLines(rest, limits));
  requireHeaders(headers, limits);
  return { command, headers, body };
}

function headerLines(rows, limits) {
  return rows.map((line) => {
    requireFits(line, limits);
    const colon = line.indexOf(":");
    if (colon < 0) throw new ProtocolError(400, `header ${shown(line)}: expected a colon`);
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
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

/** Returns the index of the CRLF that ends the last header line, or -1 if there is no empty line. */
function emptyLine(bytes) {
  for (let i = bytes.indexOf(13); i >= 0; i = bytes.indexOf(13, i + 1)) {
    if (bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) {
      return i;
    }
  }
  return -1;
}

// ---- retry.js

const FINAL_CODES = [1000, 1007, 1009, 4403];
const PAUSE_CODES = [1001, 4429];
const TRANSIENT_STATUSES = [429, 500, 502, 503, 504];
const LONGEST_PAUSE = 3_600_000; // in ms; a timer takes no longer pause than 2^31 ms

/** Whether the client opens no further connection after one that ended with this code. */
function isFinal(code) {
  return FINAL_CODES.includes(code);
}

/** Whether the same message may succeed later over the same connection. */
function isTransient(error) {
  if (error instanceof RefusedError) return TRANSIENT_STATUSES.includes(error.status);
  return error instanceof TimeoutError || error instanceof QueueFullError;
}

/** Returns a random pause in milliseconds. The longest possible pause doubles with each attempt. */
function backoff(attempt, { backoffBase, backoffMax }) {
  return Math.random() * Math.min(backoffMax, backoffBase * 2 ** attempt);
}

/** Returns the pause in milliseconds before a failed message is sent again. */
function retryPause({ retryAfter }, attempt, options) {
  return pauseOf(retryAfter) + backoff(attempt, options);
}

/** Returns the milliseconds for which a close frame asks the client to stay away: `draining; retry-after=2.5`. */
function closePause(code, reason) {
  const [, seconds] = /(?:^|[\s;])retry-after=([\d.]+)/.exec(reason) ?? [];
  return PAUSE_CODES.includes(code) ? pauseOf(secondsOf(seconds)) : 0;
}

/** Returns a pause in milliseconds, at most an hour. */
function pauseOf(seconds = 0) {
  return Math.min(LONGEST_PAUSE, seconds * 1000);
}

// ---- incoming.js

/** Passes each received message to the request or subscription that waits for it, or to the application's listeners. */
class Incoming {
  #requests;
  #subscriptions;
  #liveness;
  #listeners;
  #isClosed;

  constructor({ requests, subscriptions, liveness, listeners, isClosed }) {
    this.#requests = requests;
    this.#subscriptions = subscriptions;
    this.#liveness = liveness;
    this.#listeners = listeners;
    this.#isClosed = isClosed;
  }

  receive(data) {
    this.#liveness.received();
    let message;
    try {
      message = decode(data, NO_LIMITS);
    } catch (error) {
      return this.#listeners.emit("error", error);
    }
    const { command, headers } = message;
    const id = headers.get("id");
    if (id !== undefined) return this.#takeReply(id, message);
    const joined = headers.get("subscribed");
    if (joined !== undefined) return this.#subscriptions.takeServerSubscription(joined, message);
    const revoked = headers.get("unsubscribed");
    if (revoked !== undefined) return this.#subscriptions.takeRevocation(revoked, message);
    const published = headers.words("publish");
    if (command === "presence" && published.length === 0) return this.#takePresence(message);
    this.#takeDelivery(message, published);
  }

  #takeReply(id, message) {
    const { headers } = message;
    if (id === this.#requests.probeId) {
      return this.#liveness.received(pauseOf(secondsOf(headers.get("retry-after"))));
    }
    const taken =
      this.#requests.settle(id, message) ||
      (this.#requests.isOwn(id) && this.#subscriptions.takeSubscriptionReply(id, message)) ||
      this.#requests.isLate(id, message);
    if (!taken) this.#listeners.emit("message", message);
  }

  #takePresence(message) {
    const channel = this.#subscriptions.get(message.headers.get("channel"));
    if (!channel?.presence) return this.#listeners.emit("message", message);
    if (channel.subscribers.size === 0) return; // the application has unsubscribed in the meantime
    try {
      const present = channel.applyPresence(message);
      this.#listeners.call(channel.presence, present);
    } catch (error) {
      this.#listeners.emit("error", error);
    }
  }

  #takeDelivery(message, published) {
    const { headers } = message;
    const by = headers.get("channel");
    const channel = this.#subscriptions.channelOf(by, published);
    if (channel?.abandoned) return; // the application has unsubscribed in the meantime
    const arrival = channel?.takeDelivery(headers);
    if (arrival === "again") return;
    if (arrival === "after a gap") this.#listeners.emit("gap", { missed: undefined, channels: [channel.name] });
    const missed = missedCount(headers);
    if (missed > 0 && !this.#isClosed()) {
      const channels = by === undefined && !channel ? published : [channel?.name ?? by];
      this.#listeners.emit("gap", { missed, channels });
    }
    if (this.#isClosed()) return; // a listener has closed the connection
    if (!channel || (channel.byServer && channel.subscribers.size === 0)) return this.#listeners.emit("message", message);
    for (const subscriber of [...channel.subscribers]) {
      if (channel.subscribers.has(subscriber)) this.#listeners.call(subscriber.onMessage, message);
    }
  }
}

/** Returns how many deliveries the server dropped before this one; 1 if the header can't be read. */
function missedCount(headers) {
  const missed = headers.get("missed");
  if (missed === undefined) return 0;
  return /^\d{1,15}$/.test(missed) ? Number(missed) : 1;
}

// ---- listeners.js

const EVENTS = ["open", "message", "close", "gap", "subscribed", "unsubscribed", "error"];

/** Calls the application's listeners and callbacks. An exception of one of them does not stop the client. */
class Listeners {
  #byEvent = new Map(EVENTS.map((name) => [name, new Set()]));

  on(event, listener) {
    const listeners = this.#byEvent.get(event);
    if (!listeners) throw new TypeError(`event ${shown(event)}: expected one of ${EVENTS.join(", ")}`);
    requireFunction("listener", listener);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit(event, detail) {
    const listeners = this.#byEvent.get(event);
    if (event === "error" && listeners.size === 0) console.error(detail);
    // a listener of `error` that throws must not cause a further event `error`
    const failed = event === "error" ? throwUncaught : undefined;
    for (const listener of [...listeners]) {
      if (listeners.has(listener)) this.call(listener, detail, failed);
    }
  }

  /** Calls a callback. An exception, or a rejected promise that the callback returns, becomes the event `error`. */
  call(callback, detail, failed = (error) => this.#failed(error)) {
    try {
      const result = callback(detail);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #failed(error) {
    if (this.#byEvent.get("error").size > 0) this.emit("error", error);
    else throwUncaught(error);
  }
}

/** Throws an error as uncaught, so that browsers log it and Node ends. */
function throwUncaught(error) {
  queueMicrotask(() => {
    throw error;
  });
}

// ---- liveness.js

/**
 * Detects a connection that has died without a close frame. If nothing has come for an interval, the client sends a
 * probe, and waits for a third of the interval. Browsers offer no WebSocket pings.
 */
class Liveness {
  #interval;
  #on;
  #receivedAt;
  #asked = false;
  #timer;

  /**
   * @param on `ask()` sends a probe and returns a function that tells whether the server may be busy; `dead(silence)`
   *     is called when the connection counts as dead
   */
  constructor({ probeInterval }, on) {
    this.#interval = probeInterval;
    this.#on = on;
  }

  start() {
    this.received();
    this.#watch();
  }

  stop() {
    this.#asked = false;
    clearTimeout(this.#timer);
  }

  /**
   * Called when bytes have come.
   *
   * @param pause the time in ms, beyond the interval, for which the server wants no probe
   */
  received(pause = 0) {
    this.#asked = false;
    this.#receivedAt = performance.now() + pause;
  }

  ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#await(this.#on.ask());
  }

  #watch() {
    const left = this.#receivedAt + this.#interval - performance.now();
    if (left > 0) this.#wait(left, () => this.#watch());
    else this.ask();
  }

  /**
   * Waits for an answer to a probe. A timer that is late shows that the machine slept; messages that came meanwhile are
   * passed on after the timer, so the wait is repeated once.
   */
  #await(busy, mayBeLate = true) {
    const patience = this.#interval / 3;
    const due = performance.now() + patience;
    this.#wait(patience, () => {
      const late = mayBeLate && performance.now() > due + patience;
      if (!this.#asked) this.#watch();
      else if (late || busy()) this.#await(busy, mayBeLate && !late);
      else this.#on.dead(Math.round(performance.now() - this.#receivedAt));
    });
  }

  #wait(ms, run) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
    this.#timer?.unref?.(); // the timer alone does not keep Node running
  }
}

/**
 * Calls `wake` when the page is online again or becomes visible; outside of a page never. Returns a function that ends
 * this.
 */
function onWake(wake) {
  const page = globalThis;
  const { document } = page;
  const visible = () => document.visibilityState === "visible" && wake();
  page.addEventListener?.("online", wake);
  document?.addEventListener?.("visibilitychange", visible);
  return () => {
    page.removeEventListener?.("online", wake);
    document?.removeEventListener?.("visibilitychange", visible);
  };
}

// ---- options.js

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/** The options with their defaults; times are in milliseconds. The README of both clients describes the options. */
const DEFAULTS = {
  token: undefined,
  session: undefined,
  reconnect: true,
  requestTimeout: 10_000,
  connectTimeout: 10_000,
  backoffBase: 500,
  backoffMax: 30_000,
  probeInterval: 30_000,
  maxQueued: 1_000,
  maxQueuedBytes: 1_048_576,
  maxMessageBytes: 65_536,
  WebSocket: undefined,
};

/** Checks the options of `connect`. Returns them, with defaults for those that are missing. */
function settings(options = {}) {
  const all = { ...DEFAULTS, WebSocket: globalThis.WebSocket };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new TypeError(`option ${shown(name)}: expected one of ${Object.keys(DEFAULTS).join(", ")}`);
    }
    if (value === undefined) continue;
    if (typeof DEFAULTS[name] === "number") requireCount(`option ${name}`, value);
    all[name] = value;
  }
  if (options.maxQueuedBytes === undefined) all.maxQueuedBytes = Math.max(all.maxQueuedBytes, all.maxMessageBytes);
  all.session ??= `s-${randomWord()}`;
  if (!SESSION.test(all.session)) {
    throw new TypeError(`option session: expected 1 to 64 letters, digits, _ and -, got ${shown(all.session)}`);
  }
  if (typeof all.reconnect !== "boolean") {
    throw new TypeError(`option reconnect: expected true or false, got ${shown(all.reconnect)}`);
  }
  if (!all.WebSocket) {
    throw new TypeError("option WebSocket: expected that of the package ws, as Node has its own from 22 on only");
  }
  return Object.freeze(all);
}

// ---- requests.js

const STATUS = /^[1-5]\d\d$/;

/**
 * The messages that wait for their reply, by id: the application's, and those of the client itself (subscribe,
 * authorize).
 */
class Requests {
  #waiting = new Map();
  #count = 0;
  #prefix = `lhttp-${randomWord()}-`; // no other client's ids begin with this text
  #ownPrefix = `${this.#prefix}own-`;
  probeId = `${this.#ownPrefix}probe`;

  get size() {
    return this.#waiting.size;
  }

  get ids() {
    return [...this.#waiting.keys()];
  }

  has(id) {
    return this.#waiting.has(id);
  }

  /** Whether the client itself has sent the message with this id. */
  isOwn(id) {
    return id.startsWith(this.#ownPrefix);
  }

  /** Sends a message with a new id. The promise resolves with the reply. */
  start(what, { timeout, signal, acknowledged, own, cancel, connected }, send) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = `${own ? this.#ownPrefix : this.#prefix}${++this.#count}`;
      const end = (settle, value) => {
        this.#waiting.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        settle(value);
      };
      const giveUp = (error) => {
        cancel(id);
        end(reject, error);
      };
      const abort = () => giveUp(signal.reason);
      const late = () => {
        const why = connected() ? "no reply" : "no connection, and no reply,";
        giveUp(new TimeoutError(`${what}: ${why} within ${timeout} ms`));
      };
      const timer = setTimeout(late, timeout);
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

  /**
   * Passes a reply to its request. Returns false if no request waits for it. A request for an acknowledgement ends only
   * with a reply that has a status.
   */
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

  /** Whether this reply answers a message of the client itself whose time-out has passed. */
  isLate(id, { headers }) {
    return this.isOwn(id) && STATUS.test(headers.get("status"));
  }

  fail(error, which = () => true) {
    for (const [id, request] of [...this.#waiting]) {
      if (which(id)) request.fail(error);
    }
  }
}

// ---- send-queue.js

/** The messages that wait until the connection is open, bounded in number and bytes. */
class SendQueue {
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

// ---- presence.js

/** The members of one channel, built from the server's presence messages: first a list, then changes. */
class PresenceList {
  #members = new Map();

  /**
   * Applies a presence message. Returns the detail for the application's callback; throws if the message is malformed.
   */
  apply({ headers, body }) {
    const { members, joined = [], left = [] } = body ? JSON.parse(body) : {};
    for (const member of [members ?? [], joined, left].flat()) requireMember(member);
    const count = headers.get("count");
    if (!/^\d{1,15}$/.test(count)) throw new TypeError(`presence: expected a number in the header count, got ${shown(count)}`);
    if (members) this.#members.clear();
    for (const member of left) this.#members.delete(key(member));
    for (const member of [...(members ?? []), ...joined]) this.#members.set(key(member), member);
    return {
      count: Number(count),
      complete: headers.get("complete") !== "false",
      members: [...this.#members.values()],
      joined,
      left,
    };
  }
}

function requireMember(member) {
  if (typeof member?.connection !== "string" || typeof member.since !== "number") {
    throw new TypeError(`presence: expected connection and since of a member, got ${shown(JSON.stringify(member))}`);
  }
}

/** Identifies a member: a user with all its connections, or one connection without a user. */
function key({ user, connection }) {
  return user === undefined ? `c${connection}` : `u${user}`;
}

// ---- channel.js

/** A channel that the application subscribes to: its state, and the position of its last delivery. */
class Channel {
  /**
   * "wanted", "joining", "pausing", "joined", "held", "leaving" or "left"; docs/client-states.md defines the states.
   */
  state = "wanted";
  step; // identifies the latest request about the channel; the answers to older requests are ignored
  subscribers = new Set();
  byServer = false; // whether the server's code has subscribed this client
  position; // of the last delivery; undefined until the client knows that the channel has a history
  last; // the number of newest messages that `subscribe` requests; undefined after the subscription reply
  asked; // the id of the `subscribe` whose subscription reply has not come yet
  recoveries = 0; // the number of subscription replies in a row that came without a history
  presence; // the application's callback for changes of the members
  #members = new PresenceList();

  constructor(name) {
    this.name = name;
  }

  /** Resets the channel, and remembers the options of its first subscription. */
  begin({ since, last, presence }) {
    Object.assign(this, { position: since, last, presence, asked: undefined, recoveries: 0 });
    this.#members = new PresenceList();
  }

  /** Whether neither the application nor the server wants the channel any more. */
  get abandoned() {
    return this.subscribers.size === 0 && !this.byServer;
  }

  /** Begins a subscription that the server has made. */
  beginByServer(headers) {
    this.begin({});
    this.position = positionIn(headers);
    this.enter("joined");
  }

  enter(state, step) {
    Object.assign(this, { state, step });
  }

  /**
   * Whether the channel needs a `subscribe` of its own, because `last` and `presence-events` apply to a whole message.
   */
  get needsOwnMessage() {
    return this.last !== undefined || this.presence !== undefined;
  }

  /** Applies a presence message. Returns the detail for the application's callback. */
  applyPresence(message) {
    return this.#members.apply(message);
  }

  /**
   * Handles the subscription reply, which names the position at which the subscription begins. Returns true if messages
   * before that position may be lost.
   */
  takeSubscriptionReply(id, headers) {
    if (this.asked !== id) return false; // the client has sent another subscribe in the meantime
    Object.assign(this, { asked: undefined, last: undefined, recoveries: 0, position: positionIn(headers) });
    return headers.get("recovered") === "false";
  }

  /**
   * Handles a delivery and remembers its position. Returns "next", "after a gap", or "again" if the replay that was
   * requested brings the message again.
   */
  takeDelivery(headers) {
    const position = positionIn(headers);
    const mayHaveHistory = this.position !== undefined || this.last !== undefined;
    if (mayHaveHistory && position && this.asked) return "again";
    if (this.position === undefined) return "next";
    this.position = position;
    // A delivery without a position comes from a server that keeps no history.
    return position ? "next" : "after a gap";
  }
}

// ---- subscriptions.js

const CHANNELS_PER_MESSAGE = 64; // the protocol's limit
const CHANNEL_BYTES_PER_MESSAGE = 8_000; // so that a header line stays below 8 KiB

/** Joins, leaves and recovers channels by the channel states of docs/client-states.md. */
class Subscriptions {
  #link;
  #session;
  #channels = new Map(); // by name

  /**
   * @param link the methods of the connection that this class calls: usable, command, later, pause, retryPause, emit,
   *     tokenUnchecked
   */
  constructor(link, session) {
    this.#link = link;
    this.#session = session;
  }

  get(name) {
    return this.#channels.get(name);
  }

  /** The channels to which the server's code has subscribed this client. */
  get byServer() {
    return [...this.#channels.values()].filter(({ byServer }) => byServer).map(({ name }) => name);
  }

  // -- calls of the application

  add(name, onMessage, options) {
    requireChannel(name);
    requireFunction("onMessage", onMessage);
    requireSubscribeOptions(options);
    const channel = this.#channels.get(name) ?? new Channel(name);
    const first = channel.subscribers.size === 0; // an earlier subscription to the channel may still be ending
    if (first) channel.begin(options); // the server may have subscribed this client before
    else if (Object.values(options).some((value) => value !== undefined)) {
      throw new Error(`channel ${shown(name)}: only its first subscription may have options (since, last, presence)`);
    }
    const subscriber = { onMessage };
    const ready = new Promise((resolve, reject) => Object.assign(subscriber, { resolve, reject }));
    ready.catch(() => {}); // handled here, because the event `error` reports a refusal as well
    this.#channels.set(name, channel);
    channel.subscribers.add(subscriber);
    if (first) this.#join([channel]);
    else if (channel.state === "joined") subscriber.resolve();
    return Object.freeze({ channel: name, ready, unsubscribe: () => this.#remove(channel, subscriber) });
  }

  async #remove(channel, subscriber) {
    subscriber.reject(new DOMException(`unsubscribed from ${channel.name}`, "AbortError"));
    if (!channel.subscribers.delete(subscriber) || channel.subscribers.size > 0) return;
    channel.byServer = false; // the server ends the subscription, whoever has made it
    if (this.#channels.get(channel.name) !== channel) return; // the server has refused the channel in the meantime
    if (channel.state !== "held" && this.#link.usable()) await this.#leave(channel);
    else this.#forget(channel);
  }

  // -- events of the connection

  /** Joins all channels over a new connection. */
  opened() {
    this.#joinAll([...this.#channels.values()]);
  }

  /** Called when the server has accepted the token: joins the channels that it had refused without one. */
  tokenAccepted() {
    this.#joinAll([...this.#channels.values()].filter(({ state }) => state === "held"));
  }

  lost() {
    for (const channel of [...this.#channels.values()]) {
      channel.enter("wanted");
      channel.recoveries = 0;
      if (channel.abandoned) this.#forget(channel);
    }
  }

  closed(error) {
    for (const { subscribers } of this.#channels.values()) {
      for (const subscriber of subscribers) subscriber.reject(error);
      subscribers.clear();
    }
    for (const channel of [...this.#channels.values()]) this.#forget(channel);
  }

  // -- joining

  /** Joins channels with as few messages as possible. */
  #joinAll(channels) {
    const batch = [];
    let bytes = 0;
    for (const channel of channels.filter(({ needsOwnMessage }) => needsOwnMessage)) this.#join([channel]);
    for (const channel of channels.filter(({ needsOwnMessage }) => !needsOwnMessage)) {
      const size = byteLength(channel.name) + 1;
      if (batch.length === CHANNELS_PER_MESSAGE || bytes + size > CHANNEL_BYTES_PER_MESSAGE) {
        this.#join(batch.splice(0));
        bytes = 0;
      }
      batch.push(channel);
      bytes += size;
    }
    if (batch.length > 0) this.#join(batch);
  }

  async #join(channels, attempt = 0) {
    const step = Symbol("join");
    if (!this.#link.usable()) return channels.forEach((channel) => channel.enter("wanted", step));
    for (const channel of channels) channel.enter("joining", step);
    const current = () => channels.filter((channel) => channel.step === step);
    const names = channels.map(({ name }) => name).join(" ");
    try {
      const headers = { subscribe: names, "presence-session": this.#session, ...historyHeaders(channels) };
      if (channels[0].presence) headers["presence-events"] = true;
      const started = (id) => channels.forEach((channel) => (channel.asked = id));
      await this.#link.command(`subscribe to ${names}`, { command: "subscribe", headers }, started);
      current().forEach(joined);
    } catch (error) {
      if (isTransient(error)) this.#joinLater(current, error, attempt);
      else if (this.#link.tokenUnchecked() && [401, 403].includes(error.status)) {
        for (const channel of current()) channel.enter("held");
      } else if (channels.length > 1) {
        this.#joinHalves(current()); // sends one subscribe for each half of the channels, to find out which are refused
      } else {
        for (const channel of current()) this.#refused(channel, error);
      }
    }
  }

  #joinLater(current, error, attempt) {
    if (current().length === 0) return;
    for (const channel of current()) channel.state = "pausing";
    this.#link.later(this.#link.retryPause(error, attempt), () => {
      if (current().length > 0) this.#join(current(), attempt + 1);
    });
  }

  #joinHalves(channels) {
    const half = Math.ceil(channels.length / 2);
    for (const part of [channels.slice(0, half), channels.slice(half)]) {
      if (part.length > 0) this.#join(part);
    }
  }

  #refused(channel, error) {
    const byServer = channel.byServer;
    this.#forget(channel);
    for (const subscriber of channel.subscribers) subscriber.reject(error);
    if (byServer) {
      this.#link.emit("unsubscribed", { channel: channel.name, status: error.status, error: error.error ?? error.message });
    }
    if (!byServer || channel.subscribers.size > 0) this.#link.emit("error", error);
  }

  // -- leaving

  /**
   * Sends `unsubscribe` until the server has accepted it, the connection is lost, or the application subscribes again.
   */
  async #leave(channel) {
    const step = Symbol("leave");
    channel.enter("leaving", step);
    channel.asked = undefined;
    for (let attempt = 0; channel.step === step && this.#link.usable(); attempt++) {
      const message = { command: "unsubscribe", headers: { unsubscribe: channel.name } };
      try {
        await this.#link.command(`unsubscribe from ${channel.name}`, message);
        break;
      } catch (error) {
        if (channel.step !== step) return;
        if (!isTransient(error)) {
          this.#link.emit("error", error);
          break;
        }
        await this.#link.pause(this.#link.retryPause(error, attempt));
      }
    }
    if (channel.step === step) this.#forget(channel);
  }

  /** Removes a channel. Answers and timers that belong to it have no effect any more. */
  #forget(channel) {
    this.#channels.delete(channel.name);
    channel.enter("left");
    channel.asked = undefined;
    channel.byServer = false;
  }

  // -- messages of the server

  /**
   * Handles a subscription reply, which names the position at which the subscription begins. Returns false for any
   * other message.
   */
  takeSubscriptionReply(id, { headers }) {
    const name = headers.get("channel");
    if (name === undefined) return false;
    const channel = this.#channels.get(name);
    if (Number(headers.get("status")) >= 400) this.#recoverLater(channel, id, headers);
    else if (channel?.takeSubscriptionReply(id, headers)) this.#link.emit("gap", { missed: undefined, channels: [name] });
    return true;
  }

  /**
   * Called when the server could not read the history and has ended the subscription. The client joins again, from the
   * same position.
   */
  #recoverLater(channel, id, headers) {
    if (channel?.asked !== id) return;
    const retryAfter = secondsOf(headers.get("retry-after"));
    this.#link.later(this.#link.retryPause({ retryAfter }, channel.recoveries++), () => {
      if (channel.asked === id) this.#join([channel]);
    });
  }

  /**
   * Called when the server's code has subscribed this client, or could not read the history for it. From now on the
   * client keeps the subscription as one of its own: it joins again after a reconnect, and recovers.
   */
  takeServerSubscription(name, reply) {
    const { headers } = reply;
    if (Number(headers.get("status")) >= 400) return this.takeRevocation(name, reply);
    const known = this.#channels.get(name);
    if (known?.state === "leaving") return; // the application's `unsubscribe` ends this subscription, too
    const channel = known ?? new Channel(name);
    if (!known) {
      channel.beginByServer(headers);
      this.#channels.set(name, channel);
    }
    channel.byServer = true;
    this.#link.emit("subscribed", { channel: name });
    if (headers.get("recovered") === "false") this.#link.emit("gap", { missed: undefined, channels: [name] });
  }

  /**
   * Called when the server no longer allows a subscription. While the client joins, the message is ignored, because the
   * join gets its own answer.
   */
  takeRevocation(name, reply) {
    const channel = this.#channels.get(name);
    if (channel?.state !== "joined") return;
    const { headers } = reply;
    const refusal = { status: Number(headers.get("status")), error: headers.get("error") ?? "", reply };
    this.#refused(channel, new RefusedError(`subscription to ${name}`, refusal));
  }

  /** Returns the channel of a delivery. A server before 0.1.0 names the channel only if it has a history. */
  channelOf(by, published) {
    if (by !== undefined) return this.#channels.get(by);
    const mine = published.flatMap((name) => this.#channels.get(name) ?? []);
    const plain = mine.filter(({ position }) => position === undefined);
    return plain.find(({ state }) => state === "joined") ?? plain[0] ?? mine[0];
  }
}

function joined(channel) {
  channel.state = "joined";
  for (const subscriber of channel.subscribers) subscriber.resolve();
}

/** Returns the headers that request the messages after each channel's position. */
function historyHeaders(channels) {
  const last = channels.length === 1 ? channels[0].last : undefined;
  const since = channels.map(({ position }) => position ?? "now").join(" ");
  if (!last) return { since };
  return channels[0].position ? { since, last } : { last };
}

// ---- timers.js

/** Timers that end together with a socket: `clear` cancels all of them. */
class Timers {
  #cancelled = new Map(); // by timer, the function to call if the timer is cancelled

  later(ms, run, cancelled = () => {}) {
    const timer = setTimeout(() => {
      this.#cancelled.delete(timer);
      run();
    }, ms);
    this.#cancelled.set(timer, cancelled);
  }

  /** Returns a promise that resolves after a time, or when the timers are cleared. */
  pause(ms) {
    return new Promise((resolve) => this.later(ms, resolve, resolve));
  }

  clear() {
    for (const [timer, cancelled] of this.#cancelled) {
      clearTimeout(timer);
      cancelled();
    }
    this.#cancelled.clear();
  }
}

// ---- token.js

/** The application's token, and whether the server has refused it, by the token states of docs/client-states.md. */
class Token {
  #source;
  #value;
  #refused = false;
  #step; // identifies the latest `authorize`

  /** Whether the server could not check the token on this connection yet. */
  unchecked = false;

  /**
   * @param source a token, a function that returns one, or undefined for no token
   */
  constructor(source) {
    this.#source = source;
  }

  /** Gets the token of the next connection from the source. Returns false if the server has refused the only token. */
  async renew() {
    const refused = this.#refused;
    const next = typeof this.#source === "function" ? await this.#source({ refused }) : this.#source;
    if (refused && (!next || next === this.#value)) return false;
    this.#value = next;
    this.#refused = false;
    return true;
  }

  /**
   * Sends the token, and sends it again after a pause if the server can't check it now. Other messages do not wait for
   * the answer, because it is mostly yes.
   */
  async show(link, attempt = 0) {
    if (!this.#value || !link.usable()) return; // the next connection sends it
    const step = (this.#step = Symbol("show"));
    try {
      await link.command("the token", { command: "authorize", headers: { authorization: `Bearer ${this.#value}` } });
    } catch (error) {
      if (this.#step !== step) return; // the connection to which the token was sent is lost
      this.unchecked = isTransient(error);
      if ([401, 403].includes(error.status)) return link.drop(4000 + error.status, error.error);
      if (this.unchecked) {
        return link.later(link.retryPause(error, attempt), () => this.show(link, attempt + 1));
      }
      if (!(error instanceof RefusedError)) link.emit("error", error); // the token can't be sent
    }
    if (this.#step !== step) return;
    this.unchecked = false;
    link.tokenAccepted();
  }

  /**
   * Called when the connection has ended with this code. Returns true if the server has refused the token and there is
   * no other one.
   */
  lost(code) {
    const refused = code === 4401 && !this.unchecked;
    this.unchecked = false;
    this.#step = undefined;
    this.#refused ||= refused;
    return refused && typeof this.#source !== "function";
  }
}

// ---- connection.js

// in ms; after a connection that was open for this long, the pauses begin with the shortest again
const STEADY = 10_000;

/**
 * Creates a message by which the client asks whether the connection is alive. Because of `ack`, every chain answers it,
 * if only with a refusal. No application subscribes to its channel.
 */
const probe = (id) => encode({ command: "unsubscribe", headers: { unsubscribe: "lhttp-probe", ack: true, id } });

function connect(url, options) {
  return new Connection(url, options);
}

/**
 * The connection of a client. It opens one socket after the other, with pauses in between, as docs/client-states.md
 * describes.
 */
class Connection {
  #url;
  #options;
  #listeners = new Listeners();
  #timers = new Timers(); // end with the socket, or with the pause before the next socket
  #requests = new Requests();
  #sendQueue;
  #token;
  #subscriptions;
  #liveness;
  #incoming;
  #leavePage;
  #link; // the methods of this connection that the token and the subscriptions call
  #state = "connecting";
  #socket;
  #openedAt;
  #attempt = 0;
  #awayUntil; // the time before which the server does not want the client to connect again
  #end; // the error that calls get once the connection is closed for good

  constructor(url, options) {
    this.#url = absolute(url, "ws");
    this.#options = settings(options);
    this.#sendQueue = new SendQueue(this.#options);
    this.#token = new Token(this.#options.token);
    this.#link = {
      usable: () => this.#usable(),
      command: (what, message, started) => this.#command(what, message, started),
      later: (ms, run) => this.#timers.later(ms, run),
      pause: (ms) => this.#timers.pause(ms),
      retryPause: (error, attempt) => retryPause(error, attempt, this.#options),
      emit: (event, detail) => this.#listeners.emit(event, detail),
      drop: (code, reason) => this.#drop(code, reason),
      tokenAccepted: () => this.#subscriptions.tokenAccepted(),
      tokenUnchecked: () => this.#token.unchecked,
    };
    this.#subscriptions = new Subscriptions(this.#link, this.#options.session);
    this.#liveness = new Liveness(this.#options, {
      ask: () => this.#probe(),
      dead: (silence) => this.#drop(1006, `nothing came for ${silence} ms`),
    });
    this.#incoming = new Incoming({
      requests: this.#requests,
      subscriptions: this.#subscriptions,
      liveness: this.#liveness,
      listeners: this.#listeners,
      isClosed: () => this.#end !== undefined,
    });
    this.#leavePage = onWake(() => this.#wake());
    this.#open();
  }

  get state() {
    return this.#state;
  }

  on(event, listener) {
    return this.#listeners.on(event, listener);
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
    // by this header the server recognises a repeated publication
    const session = retried ? [["presence-session", this.#options.session]] : [];
    const published = { ...message, headers: [...headers, ...session, ["publish", names]] };
    await this.#ask(`publish to ${names}`, acknowledged(published), { ...options, acknowledged: true });
  }

  subscribe(name, onMessage, options = {}) {
    if (this.#end) throw this.#end;
    return this.#subscriptions.add(name, onMessage, options);
  }

  get serverSubscriptions() {
    return this.#subscriptions.byServer;
  }

  close() {
    if (this.#end) return;
    const socket = this.#socket;
    this.#detach();
    socket?.close(1000);
    this.#finish(1000, "closed by this client");
  }

  // -- states

  async #open() {
    this.#state = "connecting";
    let socket;
    try {
      const renewed = await this.#token.renew();
      if (this.#end) return;
      if (!renewed) return this.#finish(4401, "the token was refused, and there is no new one");
      socket = new this.#options.WebSocket(this.#url);
    } catch (error) {
      if (!this.#end) this.#listeners.emit("error", error);
      return this.#lost(1006, "no connection was tried");
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#socket === socket && this.#opened();
    socket.onmessage = ({ data }) => this.#socket === socket && this.#incoming.receive(data);
    socket.onclose = ({ code, reason }) => this.#socket === socket && this.#lost(code, reason);
    socket.onerror = () => {}; // the event `close` follows
    this.#timers.later(this.#options.connectTimeout, () => {
      if (this.#state === "connecting") this.#drop(1006, `not open after ${this.#options.connectTimeout} ms`);
    });
  }

  #opened() {
    this.#state = "open";
    this.#openedAt = performance.now();
    this.#liveness.start();
    this.#token.show(this.#link);
    this.#subscriptions.opened();
    this.#sendQueue.drain((data) => this.#socket.send(data));
    this.#listeners.emit("open", {});
  }

  /** Gives up a socket that has not closed by itself. */
  #drop(code, reason) {
    const socket = this.#socket;
    this.#lost(code, reason);
    socket.close();
  }

  #lost(code, reason) {
    if (this.#end) return; // a listener has closed the connection, or the application has while the token was fetched
    this.#detach();
    if (performance.now() - this.#openedAt >= STEADY) this.#attempt = 0;
    this.#openedAt = undefined;
    this.#requests.fail(new DisconnectedError(code, reason), (id) => !this.#sendQueue.has(id));
    this.#subscriptions.lost();
    const noToken = this.#token.lost(code);
    if (!this.#options.reconnect || isFinal(code) || noToken) return this.#finish(code, reason);
    this.#state = "waiting";
    const pause = closePause(code, reason);
    this.#awayUntil = performance.now() + pause;
    const reconnectIn = pause + backoff(this.#attempt++, this.#options);
    this.#timers.later(reconnectIn, () => this.#open());
    this.#listeners.emit("close", { code, reason, reconnectIn });
  }

  #finish(code, reason) {
    this.#state = "closed";
    this.#leavePage();
    this.#end = new DisconnectedError(code, reason);
    this.#sendQueue.clear();
    this.#requests.fail(this.#end);
    this.#subscriptions.closed(this.#end);
    this.#listeners.emit("close", { code, reason, reconnectIn: null });
  }

  /**
   * Called when the page is online or visible again: ends the pause, or asks the server whether the connection is
   * alive.
   */
  #wake() {
    if (this.#state === "open") this.#liveness.ask();
    if (this.#state !== "waiting") return;
    this.#detach();
    this.#timers.later(Math.max(0, this.#awayUntil - performance.now()), () => this.#open());
  }

  /** Sends a probe. Returns a function that tells whether the server may still be busy with earlier requests. */
  #probe() {
    const before = this.#requests.ids;
    if (this.#usable()) this.#socket.send(probe(this.#requests.probeId));
    return () => before.some((id) => this.#requests.has(id));
  }

  #detach() {
    this.#socket = undefined;
    this.#liveness.stop();
    this.#timers.clear();
  }

  // -- sending

  #transmit(message, id = Symbol("message")) {
    if (this.#end) throw this.#end;
    const { maxMessageBytes, maxQueuedBytes } = this.#options;
    const data = encode(message, NO_LIMITS);
    if (exceeds(data, maxMessageBytes)) {
      const size = `a message of ${byteLength(data)} bytes`;
      throw new RangeError(`${size}: expected at most ${maxMessageBytes} (maxMessageBytes)`);
    }
    if (!this.#usable()) return this.#sendQueue.add(id, data);
    if (this.#socket.bufferedAmount > maxQueuedBytes) {
      throw new QueueFullError(`the socket has ${this.#socket.bufferedAmount} bytes waiting (maxQueuedBytes)`);
    }
    this.#socket.send(data);
  }

  /** Whether the socket takes messages. One that is about to close would drop them. */
  #usable() {
    return this.#state === "open" && this.#socket.readyState === 1;
  }

  #ask(what, message, { timeout = this.#options.requestTimeout, signal, acknowledged } = {}) {
    requireCount("timeout", timeout);
    const { maxQueued } = this.#options;
    if (this.#requests.size >= maxQueued) {
      throw new QueueFullError(`${what}: ${maxQueued} requests wait for their replies (maxQueued)`);
    }
    return this.#start(what, message, { timeout, signal, acknowledged });
  }

  /**
   * Sends a message of the client itself. Their number needs no bound, because each channel has at most two of them.
   */
  #command(what, message, started) {
    const options = { timeout: this.#options.requestTimeout, acknowledged: true, own: true, started };
    return this.#start(what, acknowledged(message), options);
  }

  #start(what, message, options) {
    const cancel = (id) => this.#sendQueue.remove(id);
    const connected = () => this.#usable();
    return this.#requests.start(what, { ...options, cancel, connected }, (id) => {
      const headers = new HeaderList(message.headers);
      if (headers.has("id")) throw new TypeError("header id: it is set here; to choose one, use send()");
      options.started?.(id);
      this.#transmit({ ...message, headers: [...headers, ["id", id]] }, id);
    });
  }
}

function acknowledged(message) {
  return { ...message, headers: [...new HeaderList(message.headers).without("ack"), ["ack", "true"]] };
}

// ---- publish.js

/** Publishes over HTTP, without a permanent connection. */
async function publishOverHttp(url, channels, command, headers, body, { signal } = {}) {
  const names = channelList(channels);
  const message = encode({ command, headers: [...new HeaderList(headers), ["publish", names]], body }, NO_LIMITS);
  const type = typeof message === "string" ? "text/plain; charset=utf-8" : "application/octet-stream";
  const base = absolute(url, "http");
  const response = await fetch(new URL("publish", base), {
    method: "POST",
    headers: { "content-type": type },
    body: message,
    signal: signal ?? AbortSignal.timeout(DEFAULTS.requestTimeout),
  });
  const answer = (await response.json().catch(() => undefined)) ?? {};
  if (!response.ok) {
    const retryAfter = secondsOf(response.headers.get("retry-after"));
    const error = String(answer.error ?? response.statusText);
    throw new RefusedError(`publish to ${names}`, { status: response.status, error, retryAfter });
  }
  return answer;
}

export { DisconnectedError, HeaderList, ProtocolError, QueueFullError, RefusedError, TimeoutError, connect, decode, encode, partsOf, publishOverHttp };
