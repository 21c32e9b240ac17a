// The globals that browsers and Node have in addition to the language: base64, text encodings, URL, fetch.
(function (host, define, maxLength, putHeaders) {
  "use strict";

  // --- sizes: bounds the functions whose one call could take too long to be interrupted in time

  const tooLong = () => new RangeError(`more than ${maxLength} at once`);

  function capped(owner, name, sizeOf) {
    const original = owner[name];
    if (original === undefined) return;
    const { [name]: value } = {
      [name](...args) {
        if (sizeOf(this, args) > maxLength) throw tooLong();
        return Reflect.apply(original, this, args);
      },
    };
    Object.defineProperty(owner, name, { value, writable: true, enumerable: false, configurable: true });
  }

  const asked = (_, [length]) => Number(length);
  capped(String.prototype, "repeat", (text, [count]) => String(text).length * Number(count));
  capped(String.prototype, "padStart", asked);
  capped(String.prototype, "padEnd", asked);
  capped(ArrayBuffer.prototype, "resize", asked);
  capped(ArrayBuffer.prototype, "transfer", asked);
  capped(ArrayBuffer.prototype, "transferToFixedLength", asked);

  // Wraps the constructor of ArrayBuffer or of a typed array, so that it refuses lengths beyond the bound.
  const sized = (original, width) => new Proxy(original, {
    construct(target, args, newTarget) {
      const [first, second] = args;
      const length = typeof first === "object" ? first?.length : Number(first);
      if (length * width > maxLength || second?.maxByteLength > maxLength) throw tooLong();
      return Reflect.construct(target, args, newTarget);
    },
  });

  // --- Date, in tests that advance the time

  if (host.manualTime()) {
    const machine = Date;
    const { now } = { now() { return host.now(); } };
    const value = new Proxy(machine, {
      construct(target, args, newTarget) {
        return Reflect.construct(target, args.length === 0 ? [host.now()] : args, newTarget);
      },
      apply() { return new value().toString(); },
    });
    Object.defineProperty(machine, "now", { value: now });
    Object.defineProperty(machine.prototype, "constructor", { value });
    Object.defineProperty(globalThis, "Date", { value });
  }

  // --- base64

  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  define("btoa", function btoa(text) {
    const input = String(text);
    let out = "";
    for (let i = 0; i < input.length; i += 3) {
      let bits = 0;
      for (let k = 0; k < 3; k++) {
        const code = i + k < input.length ? input.charCodeAt(i + k) : 0;
        if (code > 255) throw new RangeError("btoa takes characters up to U+00FF");
        bits = (bits << 8) | code;
      }
      const left = input.length - i;
      out += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63] +
        (left > 1 ? ALPHABET[(bits >> 6) & 63] : "=") + (left > 2 ? ALPHABET[bits & 63] : "=");
    }
    return out;
  });

  define("atob", function atob(text) {
    let input = String(text).replace(/[\t\n\f\r ]/g, "");
    if (input.length % 4 === 0) input = input.replace(/==?$/, "");
    if (input.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(input)) throw new RangeError("no base64");
    let out = "", bits = 0, held = 0;
    for (const c of input) {
      bits = (bits << 6) | ALPHABET.indexOf(c);
      held += 6;
      if (held >= 8) {
        held -= 8;
        out += String.fromCharCode((bits >> held) & 255);
        bits &= (1 << held) - 1;
      }
    }
    return out;
  });

  // --- structuredClone

  define("structuredClone", function structuredClone(value) {
    const seen = new Map();
    const keep = (from, to) => (seen.set(from, to), to);
    const clone = (from) => {
      if (typeof from === "function" || typeof from === "symbol") {
        throw new TypeError(`a ${typeof from} can't be cloned`);
      }
      if (typeof from !== "object" || from === null) return from;
      if (seen.has(from)) return seen.get(from);
      if (from instanceof Date) return keep(from, new Date(from.getTime()));
      if (from instanceof RegExp) return keep(from, new RegExp(from.source, from.flags));
      if (from instanceof ArrayBuffer) return keep(from, from.slice(0));
      if (ArrayBuffer.isView(from)) {
        const length = from instanceof DataView ? from.byteLength : from.length;
        return keep(from, new from.constructor(clone(from.buffer), from.byteOffset, length));
      }
      if (from instanceof Map) {
        const to = keep(from, new Map());
        for (const [k, v] of from) to.set(clone(k), clone(v));
        return to;
      }
      if (from instanceof Set) {
        const to = keep(from, new Set());
        for (const v of from) to.add(clone(v));
        return to;
      }
      if (from instanceof Error) {
        const to = keep(from, new from.constructor(from.message));
        if ("cause" in from) to.cause = clone(from.cause);
        return to;
      }
      const to = keep(from, Array.isArray(from) ? new Array(from.length) : {});
      for (const key of Object.keys(from)) {
        Object.defineProperty(to, key,
          { value: clone(from[key]), writable: true, enumerable: true, configurable: true });
      }
      return to;
    };
    return clone(value);
  });

  // --- URL: http, https, ws, wss and other schemes with an authority

  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443" };
  const escape = (text, keep) =>
    text.replace(/%[0-9A-Fa-f]{2}|[\s\S]/gu, (c) => (c.length > 2 && c[0] === "%") || keep.test(c) ? c : encodeURIComponent(c));
  const PATH = /[A-Za-z0-9\-._~!$&'()*+,;=:@/%]/;
  const QUERY = /[A-Za-z0-9\-._~!$&()*+,;=:@/?%{}|[\]^`\\]/;

  function parsePairs(text) {
    const decode = (part) => {
      const spaced = part.replace(/\+/g, " ");
      try { return decodeURIComponent(spaced); } catch { return spaced; }
    };
    return text.split("&").filter(Boolean).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
  }

  const formEncode = (text) =>
    encodeURIComponent(text).replace(/%20/g, "+")
      .replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

  class URLSearchParams {
    #pairs; #changed;
    constructor(init = "", changed) {
      this.#changed = changed;
      if (typeof init === "string") this.#pairs = parsePairs(init.replace(/^\?/, ""));
      else if (typeof init[Symbol.iterator] === "function") this.#pairs = [...init].map(([k, v]) => [String(k), String(v)]);
      else this.#pairs = Object.entries(init).map(([k, v]) => [k, String(v)]);
    }
    #set(pairs) { this.#pairs = pairs; this.#changed?.(this.toString()); }
    get size() { return this.#pairs.length; }
    get(name) { return this.#pairs.find(([k]) => k === String(name))?.[1] ?? null; }
    getAll(name) { return this.#pairs.filter(([k]) => k === String(name)).map(([, v]) => v); }
    has(name) { return this.#pairs.some(([k]) => k === String(name)); }
    append(name, value) { this.#set([...this.#pairs, [String(name), String(value)]]); }
    delete(name) { this.#set(this.#pairs.filter(([k]) => k !== String(name))); }
    set(name, value) {
      const key = String(name);
      const at = this.#pairs.findIndex(([k]) => k === key);
      if (at < 0) return this.append(key, value);
      this.#set(this.#pairs.filter(([k], i) => k !== key || i === at)
        .map((pair, i) => (i === at ? [key, String(value)] : pair)));
    }
    sort() { this.#set([...this.#pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))); }
    forEach(f) { for (const [k, v] of this.#pairs) f(v, k, this); }
    keys() { return this.#pairs.map(([k]) => k).values(); }
    values() { return this.#pairs.map(([, v]) => v).values(); }
    entries() { return this.#pairs.map(([k, v]) => [k, v]).values(); }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#pairs.map(([k, v]) => `${formEncode(k)}=${formEncode(v)}`).join("&"); }
  }

  function dotless(path) {
    const out = [];
    const parts = path.split("/").slice(1);
    parts.forEach((part, i) => {
      const plain = part.replace(/%2e/gi, ".");
      const last = i === parts.length - 1;
      if (plain === "..") { out.pop(); if (last) out.push(""); }
      else if (plain === ".") { if (last) out.push(""); }
      else out.push(part);
    });
    return "/" + out.join("/");
  }

  class URL {
    #u; #params;
    constructor(url, base) {
      const text = String(url).trim().replace(/[\t\n\r]/g, "");
      const found = URL.#absolute(text);
      if (found) this.#u = found;
      else if (base !== undefined) this.#u = URL.#relative(text, new URL(base));
      else throw new TypeError(`Invalid URL: ${text.slice(0, 200)}`);
    }
    static canParse(url, base) { try { return !!new URL(url, base); } catch { return false; } }
    static #absolute(text) {
      const m = /^([a-z][a-z0-9+.-]*:)[/\\]{2}(?:([^/\\?#@]*)@)?(\[[0-9a-f:.]+\]|[^/\\?#:@]*)(?::(\d*))?([/\\][^?#]*)?(\?[^#]*)?(#.*)?$/is.exec(text);
      if (!m) return null;
      const protocol = m[1].toLowerCase();
      const special = protocol in PORTS;
      const hostname = m[3].toLowerCase();
      const port = m[4] && Number(m[4]) !== Number(PORTS[protocol]) ? String(Number(m[4])) : "";
      if ((special && !hostname) || /[\s<>^|%#\\]/.test(hostname) || Number(port) > 65535) return null;
      const [username = "", password = ""] = (m[2] ?? "").split(/:(.*)/s);
      const path = special ? (m[5] ?? "/").replace(/\\/g, "/") : m[5] ?? "";
      return {
        protocol, username, password, hostname, port,
        pathname: path ? dotless(escape(path, PATH)) : "",
        search: m[6] && m[6] !== "?" ? escape(m[6], QUERY) : "",
        hash: m[7] && m[7] !== "#" ? "#" + escape(m[7].slice(1), QUERY) : "",
      };
    }
    static #relative(text, base) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(text)) throw new TypeError("Invalid URL: " + text.slice(0, 200));
      const start = `${base.protocol}//`;
      const origin = start + base.#authority();
      const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1) || "/";
      const whole =
        text === "" ? origin + base.pathname + base.search
        : text.startsWith("//") ? base.protocol + text
        : text[0] === "/" ? origin + text
        : text[0] === "?" ? origin + base.pathname + text
        : text[0] === "#" ? origin + base.pathname + base.search + text
        : origin + folder + text;
      const found = URL.#absolute(whole);
      if (!found) throw new TypeError("Invalid URL: " + text.slice(0, 200));
      return found;
    }
    #authority() {
      const u = this.#u;
      const user = u.username || u.password ? u.username + (u.password ? ":" + u.password : "") + "@" : "";
      return user + this.host;
    }
    get protocol() { return this.#u.protocol; }
    get username() { return this.#u.username; }
    get password() { return this.#u.password; }
    get hostname() { return this.#u.hostname; }
    get port() { return this.#u.port; }
    get host() { return this.#u.hostname + (this.#u.port ? ":" + this.#u.port : ""); }
    get origin() { return this.protocol in PORTS ? `${this.protocol}//${this.host}` : "null"; }
    get pathname() { return this.#u.pathname; }
    set pathname(path) { this.#u.pathname = dotless(escape("/" + String(path).replace(/^\//, ""), PATH)); }
    get search() { return this.#u.search; }
    set search(query) {
      const text = String(query).replace(/^\?/, "");
      this.#u.search = text ? "?" + escape(text, QUERY) : "";
      this.#params = undefined;
    }
    get hash() { return this.#u.hash; }
    set hash(hash) {
      const text = String(hash).replace(/^#/, "");
      this.#u.hash = text ? "#" + escape(text, QUERY) : "";
    }
    get searchParams() {
      return (this.#params ??= new URLSearchParams(this.#u.search,
        (text) => { this.#u.search = text ? "?" + text : ""; }));
    }
    get href() { return `${this.protocol}//${this.#authority()}${this.pathname}${this.search}${this.hash}`; }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  define("URL", URL);
  define("URLSearchParams", URLSearchParams);

  // --- fetch

  const requests = new Map();
  let lastRequest = 0;

  class Response {
    #result;
    constructor(result) { this.#result = result; }
    get status() { return this.#result.status(); }
    get ok() { return this.status >= 200 && this.status < 300; }
    get url() { return this.#result.url(); }
    get headers() {
      const result = this.#result;
      return Object.freeze({
        get(name) { return result.header(String(name)); },
        has(name) { return result.header(String(name)) !== null; },
      });
    }
    async text() { return this.#result.text(); }
    async json() { return JSON.parse(this.#result.text()); }
    async arrayBuffer() { return (await this.bytes()).buffer; }
    async bytes() { return new Uint8Array(new Uint8Array(this.#result.bytes())); }
  }

  define("fetch", function fetch(url, { method = "GET", headers = {}, body, timeout = 0 } = {}) {
    return new Promise((resolve, reject) => {
      const request = host.request(String(method).toUpperCase(), String(url), Number(timeout));
      putHeaders(request, headers);
      if (body !== undefined && body !== null) {
        if (ArrayBuffer.isView(body)) request.bytes(new Uint8Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength)).buffer);
        else if (body instanceof ArrayBuffer) request.bytes(body);
        else request.text(String(body));
      }
      const id = ++lastRequest;
      requests.set(id, { resolve, reject });
      try {
        request.send(id);
      } catch (error) {
        requests.delete(id);
        throw error;
      }
    });
  });

  function settle(result) {
    const { resolve, reject } = requests.get(result.id());
    requests.delete(result.id());
    const error = result.error();
    if (error === null) resolve(new Response(result));
    else reject(new TypeError(`fetch: ${error}`));
  }

  // --- overridable properties: unlike a frozen property, objects that inherit one can set it, as in `error.name = …`

  const { getOwnPropertyDescriptor, defineProperty } = Object;
  const defines = Reflect.defineProperty;
  const textOf = String;
  const isObject = (value) => value !== null && (typeof value === "object" || typeof value === "function");

  // The running call of Reflect.set. A setter can only throw, but Reflect.set has to return false; so the setter notes
  // here that it has refused.
  let asking = null;
  const original = Reflect.set;
  defineProperty(Reflect, "set", {
    value: {
      set(target, key, value) {
        const receiver = arguments.length > 3 ? arguments[3] : target;
        const name = typeof key === "symbol" ? key : textOf(key);
        const before = asking;
        const mine = { receiver, name, refused: false };
        asking = mine;
        try {
          return original(target, name, value, receiver) && !mine.refused;
        } finally {
          asking = before;
        }
      },
    }.set,
  });

  // Returns an accessor in place of a property. Setting it on an inheriting object defines a property there.
  const overridable = (key, value, enumerable) => {
    const accessor = {
      enumerable,
      configurable: false,
      get() { return value; },
      set(next) {
        const own = isObject(this) ? getOwnPropertyDescriptor(this, key) : { writable: false };
        const done =
          own === undefined
            ? defines(this, key, { value: next, writable: true, enumerable: true, configurable: true })
            : own.writable === true && defines(this, key, { value: next }); // as in super.name = …
        if (done) return;
        if (asking === null || asking.receiver !== this || asking.name !== key) {
          throw new TypeError(`${textOf(key)} is frozen`);
        }
        asking.refused = true;
      },
    };
    // Hardened JavaScript marks such getters in this way, and libraries read the original value from the mark.
    defineProperty(accessor.get, "originalValue", { value });
    return accessor;
  };

  return { settle, sized, overridable };
})
