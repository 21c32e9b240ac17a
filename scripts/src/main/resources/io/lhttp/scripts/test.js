// The module "lhttp:test". It talks to the tested application through lhttpBench, in JSON.
const bench = globalThis.lhttpBench;
const ask = (what, argument) => JSON.parse(bench.ask(what, JSON.stringify(argument ?? null)));

export function test(name, run) {
  bench.add(String(name), () => {
    const result = run();
    if (typeof result?.then === "function") {
      bench.pending();
      result.then(() => bench.settled(), (error) => bench.failed(error));
    }
  });
}

class Message {
  constructor({ command, headers, body, base64, binary }) {
    Object.assign(this, { command, headers, body, binary });
    Object.defineProperty(this, "bytes", {
      get: () => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
    });
    Object.freeze(this);
  }
  header(name) {
    const found = this.headers.find(([other]) => other.toLowerCase() === String(name).toLowerCase());
    return found?.[1];
  }
  json() {
    return JSON.parse(this.body);
  }
}

const messages = (list) => Object.freeze(list.map((message) => new Message(message)));
const isBytes = (body) => body instanceof Uint8Array || body instanceof ArrayBuffer;

function written(first, body) {
  const message = typeof first === "string" ? { command: first, body } : first;
  const headers = Array.isArray(message.headers) ? message.headers : Object.entries(message.headers ?? {});
  const bytes = isBytes(message.body) ? new Uint8Array(message.body) : null;
  const text = message.body === undefined || bytes ? "" : message.body;
  return {
    command: message.command,
    headers: headers.map((pair) => pair.map(String)),
    body: typeof text === "string" ? text : JSON.stringify(text),
    base64: bytes && btoa(String.fromCharCode(...bytes)),
  };
}

class Sent {
  constructor({ replies, refused, published, message }) {
    this.replies = messages(replies);
    this.refused = refused;
    this.published = published.map((one) => ({ channel: one.channel, message: new Message(one.message) }));
    this.message = new Message(message);
  }
  get reply() {
    if (this.refused !== null) throw new Error(`refused with ${this.refused.status}: ${this.refused.reason}`);
    if (this.replies.length !== 1) throw new Error(`expected one reply, not ${this.replies.length}`);
    return this.replies[0].body;
  }
}

class Client {
  constructor(id) {
    this.id = id;
    Object.freeze(this);
  }
  send(message, body) {
    return new Sent(ask("send", { id: this.id, message: written(message, body) }));
  }
  get received() {
    return messages(ask("client", this.id).received);
  }
  get channels() {
    return ask("client", this.id).channels;
  }
  get closed() {
    return ask("client", this.id).closed;
  }
  close() {
    ask("close", this.id);
  }
}

export function connect(who) {
  return new Client(ask("connect", typeof who === "string" ? { user: who } : (who ?? {})));
}

export const clock = Object.freeze({
  now: () => ask("now"),
  advance: (milliseconds) => ask("advance", milliseconds),
});

const bodyOf = (body) =>
  isBytes(body) ? { base64: btoa(String.fromCharCode(...new Uint8Array(body))) }
  : { body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body) };

class Request {
  constructor({ method, url, headers, body }) {
    Object.assign(this, { method, url, headers, body });
    Object.freeze(this);
  }
  header(name) {
    return this.headers.find(([other]) => other.toLowerCase() === String(name).toLowerCase())?.[1];
  }
  json() {
    return JSON.parse(this.body);
  }
}

export const http = Object.freeze({
  answer(request, response = {}) {
    const { status = 200, headers = {}, body, error } = typeof response === "string" ? { body: response } : response;
    ask("answer", { request: String(request), status, headers, error: error ?? null, ...bodyOf(body) });
  },
  get requests() {
    return Object.freeze(ask("requests").map((request) => new Request(request)));
  },
});

function show(value) {
  try {
    return value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    return "something that has no text";
  }
}

function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return names.length === others.length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
}

const fail = (what, text) => {
  throw new Error(what === undefined ? text : `${what}: ${text}`);
};

export function equal(actual, expected, what) {
  if (!same(actual, expected)) fail(what, `expected ${show(expected)}, not ${show(actual)}`);
}

export function match(actual, pattern, what) {
  if (typeof actual !== "string" || !pattern.test(actual)) fail(what, `expected ${pattern}, not ${show(actual)}`);
}

export function ok(actual, what) {
  if (!actual) fail(what, `expected something true, not ${show(actual)}`);
}
