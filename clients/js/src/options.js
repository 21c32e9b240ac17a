import { requireCount } from "./checks.js";
import { randomWord, shown } from "./text.js";

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/** The options with their defaults; times are in milliseconds. The README of both clients describes the options. */
export const DEFAULTS = {
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
export function settings(options = {}) {
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
