// Creates ctx and the globals of scripts. The engine evaluates this file once per context, before the script. The
// built-ins are frozen once the script is loaded; a script that patches a built-in while it is loaded also changes this
// file's use of that built-in, in its own context.
(function (host, optionsText, web, seal) {
  "use strict";

  const options = deepFreeze(JSON.parse(optionsText));

  function deepFreeze(value) {
    if (typeof value === "object" && value !== null) {
      Object.values(value).forEach(deepFreeze);
      Object.freeze(value);
    }
    return value;
  }

  // The keys under which the objects below keep their host objects. Registered symbols are the same in all contexts.
  // Private names would differ, and the compiled code that contexts share would look them up at each access.
  const CALL = Symbol.for("lhttp.call");
  const VIEW = Symbol.for("lhttp.view");
  const VALUES = Symbol.for("lhttp.values");
  const CONNECTION = Symbol.for("lhttp.connection");
  const ATTRIBUTES = Symbol.for("lhttp.attributes");

  const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

  // Returns an ArrayBuffer of exactly these bytes.
  function bufferOf(value) {
    if (value instanceof ArrayBuffer) return value;
    const whole = value.byteOffset === 0 && value.byteLength === value.buffer.byteLength;
    return whole
      ? value.buffer
      : value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  }

  const Bytes = Uint8Array;
  const bytesOf = (hostBuffer) => new Bytes(new Bytes(hostBuffer));

  // Returns a value as the text of a body: a string unchanged, "" for null and undefined, JSON for objects.
  function textOf(value) {
    if (typeof value === "string") return value;
    if (value === undefined || value === null) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  function putBody(draft, body) {
    if (isBytes(body)) draft.bytes(bufferOf(body));
    else draft.text(textOf(body));
  }

  function noPairs() {
    throw new TypeError("headers are an object, or pairs of a name and a value");
  }

  function putHeader(target, name, value) {
    if (Array.isArray(value)) for (const one of value) target.header(String(name), String(one));
    else if (value !== undefined && value !== null) target.header(String(name), String(value));
  }

  // Adds headers to a message or request. They may be an object, or pairs in a list, a Map or another iterable. The
  // value of a repeated header is a list.
  function putHeaders(target, headers) {
    if (headers === undefined || headers === null) return;
    if (typeof headers !== "object") noPairs();
    if (typeof headers[Symbol.iterator] !== "function") {
      for (const name of Object.keys(headers)) putHeader(target, name, headers[name]);
      return;
    }
    for (const pair of headers) {
      if (typeof pair !== "object" || pair === null) noPairs();
      putHeader(target, pair[0], pair[1]);
    }
  }

  // Whether a message has headers of its own, even if it has none of them: { headers: {} }.
  const replacesHeaders = (message) => (message.headers ?? null) !== null;

  function fill(draft, message) {
    if (typeof message === "string" || isBytes(message)) {
      putBody(draft, message);
      return;
    }
    if (message.command !== undefined) draft.command(String(message.command));
    putHeaders(draft, message.headers);
    if (message.body !== undefined) putBody(draft, message.body);
  }

  function headersOf(view) {
    const count = view.headerCount();
    const pairs = [];
    for (let i = 0; i < count; i++) {
      pairs.push(Object.freeze([view.headerName(i), view.headerValue(i)]));
    }
    return Object.freeze(pairs);
  }

  // Converts a stored value to JavaScript. The host stores strings, numbers, booleans and bytes unchanged, others as
  // JSON.
  function load(value) {
    if (value === null || value === undefined) return undefined;
    if (typeof value !== "object") return value;
    const text = value.text();
    return text === null ? bytesOf(value.bytes()) : JSON.parse(text);
  }

  const plain = (value) =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";

  function jsonOf(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError("only what JSON can say can be kept");
    return text;
  }

  class Attributes {
    constructor(values) { this[VALUES] = values; }
    get(name) { return load(this[VALUES].get(String(name))); }
    has(name) { return this[VALUES].get(String(name)) !== null; }
    set(name, value) {
      const values = this[VALUES];
      const key = String(name);
      if (typeof value === "string") values.setText(key, value);
      else if (typeof value === "number") values.setNumber(key, value);
      else if (typeof value === "boolean") values.setFlag(key, value);
      else if (value === undefined || value === null) values.remove(key);
      else if (isBytes(value)) values.setBytes(key, bufferOf(value));
      else values.setJson(key, jsonOf(value));
      return this;
    }
    delete(name) { return this[VALUES].remove(String(name)); }
  }

  // The most attempts of shared.update. Other threads do not win so often in a row, but a function that itself writes
  // the key makes each attempt fail.
  const MOST_TRIES = 1_000;

  const ttlOf = (how) => (how === undefined || how === null ? 0 : Number(how.ttl ?? 0));

  class Shared {
    get(key) { return load(host.sharedGet(String(key))); }
    has(key) { return host.sharedGet(String(key)) !== null; }
    set(key, value, how) {
      if (value === undefined || value === null) host.sharedSet(String(key), null, 0);
      else if (plain(value)) host.sharedSet(String(key), value, ttlOf(how));
      else host.sharedSetJson(String(key), jsonOf(value), ttlOf(how));
    }
    delete(key) { host.sharedSet(String(key), null, 0); }
    // Replaces a value atomically: if another thread has written the key meanwhile, calls the function again.
    update(key, change) {
      const name = String(key);
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const seen = host.sharedSee(name);
        const next = change(load(seen.value()));
        const done =
          next === undefined || next === null ? host.sharedReplace(name, seen, null)
          : plain(next) ? host.sharedReplace(name, seen, next)
          : host.sharedReplaceJson(name, seen, jsonOf(next));
        if (done) return next;
      }
      throw new Error(`shared.update: '${name}' was changed by others each time, or by the function itself`);
    }
    increment(key, by = 1, how) { return host.sharedIncrement(String(key), Number(by), ttlOf(how)); }
  }

  class Connection {
    constructor(view) { this[VIEW] = view; }
    get id() { return this[VIEW].id(); }
    get user() { return this[VIEW].user() ?? undefined; }
    get claims() { return JSON.parse(this[VIEW].claims()); }
    get path() { return this[VIEW].path(); }
    get query() { return this[VIEW].query(); }
    get open() { return this[VIEW].open(); }
    get attributes() { return (this[ATTRIBUTES] ??= new Attributes(this[VIEW].attributes())); }
    send(message) {
      const draft = this[VIEW].message(String(message.command));
      putHeaders(draft, message.headers);
      if (message.body !== undefined) putBody(draft, message.body);
      draft.done();
    }
    close(code = 1000, reason = "") { this[VIEW].close(Number(code), String(reason)); }
    subscribe(channel) { this[VIEW].subscribe(String(channel)); }
    unsubscribe(channel) { this[VIEW].unsubscribe(String(channel)); }
    get asked() { return JSON.parse(this[VIEW].asked()); }
    revoke(channel, status = 403, reason = "not allowed on this channel") {
      this[VIEW].revoke(String(channel), Number(status), String(reason));
    }
  }

  class Part {
    constructor(view) { this[VIEW] = view; }
    header(name) { return this[VIEW].header(String(name)) ?? undefined; }
    get headers() { return headersOf(this[VIEW]); }
    get body() { return this[VIEW].body(); }
    get bytes() { return bytesOf(this[VIEW].bytes()); }
  }

  const logText = (items) => items.map(show).join(" ");

  const log = Object.freeze({
    debug(...items) { host.log("debug", logText(items)); },
    info(...items) { host.log("info", logText(items)); },
    warn(...items) { host.log("warn", logText(items)); },
    error(...items) { host.log("error", logText(items)); },
  });

  function show(item) {
    if (typeof item === "string") return item;
    if (item instanceof Error) return item.stack ?? String(item);
    if (typeof item === "object" && item !== null) {
      try { return JSON.stringify(item); } catch { return String(item); }
    }
    return String(item);
  }

  const shared = Object.freeze(new Shared());

  // The operations under way, by number.
  const operations = new Map();
  let lastOperation = 0;

  // Starts an operation of the host. Undefined arguments are left out.
  function operate(method, args, message) {
    return new Promise((resolve, reject) => {
      const operation = host.operation(method, JSON.stringify(args));
      if (message !== undefined) {
        const given = typeof message === "string" ? { command: "message", body: message } : message;
        const draft = host.operationMessage(operation, String(given.command));
        putHeaders(draft, given.headers);
        if (given.body !== undefined) putBody(draft, given.body);
        draft.done();
      }
      const id = (lastOperation = (lastOperation % 0x7fffffff) + 1);
      operation.start(id);
      operations.set(id, { resolve, reject });
    });
  }

  function operated(result) {
    const { resolve, reject } = operations.get(result.id());
    operations.delete(result.id());
    const status = result.status();
    if (status === 0) {
      resolve(JSON.parse(result.json()));
      return;
    }
    const error = new Error(result.reason());
    error.status = status;
    reject(error);
  }

  const text = (value) => (value === undefined || value === null ? undefined : String(value));
  const texts = (values) => Array.from(values, String);

  class Server {
    async publish(channel, message) {
      return (await operate("publish", { channel: String(channel) }, message)).position;
    }
    broadcast(channels, message) {
      return operate("broadcast", { channels: texts(channels) }, message);
    }
    subscribe(target, channels, history) {
      return operate("subscribe", { target, channels: texts(channels), history });
    }
    unsubscribe(target, channels) {
      return operate("unsubscribe", { target, channels: texts(channels) });
    }
    disconnect(target, code, reason) {
      return operate("disconnect", { target, code, reason: text(reason) });
    }
    refresh(target, { claims, expires }) { return operate("refresh", { target, claims, expires }); }
    revoke(tokens, { before, expires } = {}) { return operate("revoke", { tokens, before, expires }); }
    unrevoke(tokens) { return operate("unrevoke", { tokens }); }
    block(user, until) { return operate("block", { user: text(user), until }); }
    unblock(user) { return operate("unblock", { user: text(user) }); }
    presence(channel, how) { return operate("presence", { ...how, channel: String(channel) }); }
    presenceStats(channel) { return operate("presenceStats", { channel: String(channel) }); }
    history(channel, how) { return operate("history", { ...how, channel: String(channel) }); }
    async resetHistory(channel) {
      return (await operate("resetHistory", { channel: String(channel) })).position;
    }
    channels(pattern, how) { return operate("channels", { ...how, pattern: text(pattern) }); }
    connections(target, how) { return operate("connections", { ...how, target }); }
    info() { return operate("info", {}); }
  }

  const server = Object.freeze(new Server());

  class Ctx {
    constructor(call) { this[CALL] = call; }
    get command() { return this[CALL].command(); }
    header(name) { return this[CALL].header(String(name)) ?? undefined; }
    get headers() { return headersOf(this[CALL]); }
    get body() { return this[CALL].body(); }
    get bytes() { return bytesOf(this[CALL].bytes()); }
    get binary() { return this[CALL].binary(); }
    json() {
      try {
        return JSON.parse(this[CALL].json());
      } catch (error) {
        if (error instanceof SyntaxError) this[CALL].malformed("the body is not JSON");
        throw error;
      }
    }
    get parts() {
      const parts = [];
      const count = this[CALL].partCount();
      for (let i = 0; i < count; i++) parts.push(new Part(this[CALL].part(i)));
      return Object.freeze(parts);
    }
    get connection() { return (this[CONNECTION] ??= new Connection(this[CALL].connection())); }
    get attributes() { return (this[ATTRIBUTES] ??= new Attributes(this[CALL].attributes())); }
    get shared() { return shared; }
    get server() { return server; }
    get log() { return log; }
    get options() { return options; }
    get generation() { return this[CALL].generation(); }
    send(body) {
      if (isBytes(body)) this.reply({ body });
      else this[CALL].send(textOf(body));
    }
    reply(message = {}) {
      const draft = this[CALL].reply(replacesHeaders(message));
      fill(draft, message);
      draft.done();
    }
    refuse(status, reason = "", how = {}) {
      const pause = Number(how.retryAfter ?? 0);
      if (pause !== pause) throw new TypeError("retryAfter is a number of seconds");
      this[CALL].refuse(Number(status), String(reason), pause);
    }
    rewrite(message) {
      const draft = this[CALL].rewrite(replacesHeaders(message));
      fill(draft, message);
      draft.done();
    }
    setHeader(name, value) {
      if (Array.isArray(value)) this[CALL].setHeaders(String(name), ...value.map(String));
      else if (value === undefined || value === null) this[CALL].setHeaders(String(name));
      else this[CALL].setHeader(String(name), String(value));
    }
    removeHeader(name) { this[CALL].setHeaders(String(name)); }
    publish(channel, message) {
      if (message === undefined) {
        this[CALL].publishRequest(String(channel));
        return;
      }
      const draft = this[CALL].publication(String(channel));
      fill(draft, message);
      draft.done();
    }
  }

  const outcomeOf = (call) => Object.freeze({
    kind: call.outcomeDone() ? "done" : call.outcomeClosed() ? "closed" : "refused",
    handled: call.outcomeHandled(),
    status: call.outcomeStatus(),
    reason: call.outcomeReason(),
  });

  // Reports a handler's promise to the call. Java passes the call as the only argument of a handler, and gets no
  // result.
  function follow(call, result) {
    if (typeof result === "object" && result !== null && typeof result.then === "function") {
      call.pending();
      result.then(() => call.settled(), (error) => call.failed(error));
    }
  }

  const callers = {
    before: (f) => (call) => follow(call, f(new Ctx(call))),
    after: (f) => (call) => follow(call, f(new Ctx(call), outcomeOf(call))),
    onMessage: (f) => (call) => follow(call, f(new Ctx(call))),
    onOpen: (f) => (call) => follow(call, f(new Ctx(call))),
    onJoin: (f) => (call) => follow(call, f(new Ctx(call))),
    onReview: (f) => (call) => follow(call, f(new Ctx(call))),
    onLeave: (f) => (call) => follow(call, f(new Ctx(call))),
    onClose: (f) => (call) => follow(call, f(new Ctx(call))),
  };

  const AsyncFunction = (async () => {}).constructor;

  function bind(module) {
    const bound = { async: false, exports: Object.keys(module).join(", ") || "nothing", written: {} };
    for (const name of Object.keys(callers)) {
      const f = module[name];
      if (typeof f !== "function") continue;
      bound[name] = callers[name](f);
      bound.written[name] = f;
      if (f instanceof AsyncFunction) bound.async = true;
    }
    return bound;
  }

  // Timers.
  const timers = new Map();
  let lastTimer = 0;

  function timer(f, millis, args, again) {
    if (typeof f !== "function") throw new TypeError("a timer needs a function");
    const id = (lastTimer = (lastTimer % 0x7fffffff) + 1);
    host.timer(id, Number(millis) || 0, again);
    timers.set(id, { f, args, again });
    return id;
  }

  function clear(id) {
    if (timers.delete(id)) host.clear(id);
  }

  function fire(id) {
    const timer = timers.get(id);
    if (timer === undefined) return;
    if (!timer.again) timers.delete(id);
    timer.f(...timer.args);
  }

  // Defines a global with the attributes that the engine's own globals have until they are frozen.
  const define = (name, value) =>
    Object.defineProperty(globalThis, name,
      { value, writable: true, enumerable: false, configurable: true });

  define("setTimeout", function setTimeout(f, ms, ...args) { return timer(f, ms, args, false); });
  define("setInterval", function setInterval(f, ms, ...args) { return timer(f, ms, args, true); });
  define("clearTimeout", function clearTimeout(id) { clear(id); });
  define("clearInterval", function clearInterval(id) { clear(id); });
  define("queueMicrotask", function queueMicrotask(f) {
    if (typeof f !== "function") throw new TypeError("a microtask is a function");
    Promise.resolve().then(() => f());
  });
  define("console", {
    log: log.info, info: log.info, debug: log.debug, warn: log.warn, error: log.error,
  });

  const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
    Uint32Array, BigInt64Array, BigUint64Array];
  const MOST_RANDOM = 65536; // Web Cryptography, section 10.1.1

  define("crypto", {
    randomUUID() { return host.uuid(); },
    getRandomValues(array) {
      if (!INTEGERS.some((type) => array instanceof type)) {
        throw new TypeError("getRandomValues fills a typed array of integers");
      }
      if (array.byteLength > MOST_RANDOM) {
        throw new RangeError(`getRandomValues fills ${MOST_RANDOM} bytes at most, not ${array.byteLength}`);
      }
      new Bytes(array.buffer, array.byteOffset, array.byteLength)
        .set(new Bytes(host.random(array.byteLength)));
      return array;
    },
  });
  define("self", globalThis); // libraries for browsers find the globals by this name

  const { settle, sized, overridable } = web(host, define, host.maxLength(), putHeaders);
  const sealed = seal(sized, overridable, [Ctx, Connection, Attributes, Shared, Part, Server]);

  return { bind, fire, settle, operated, seal: sealed };
})
