import { exceeds, shown } from "./text.js";

const CHANNEL = /^[^\u0000-\u0020\u007f-\u009f\ud800-\udfff]+$/u;
const POSITION = /^[A-Za-z0-9-]{1,64}$/;
const LARGEST_LAST = 1_000; // the protocol's limit for the header `last`

/**
 * Returns an absolute URL with this scheme. In a browser a relative one is resolved against the page.
 *
 * @param {"ws" | "http"} scheme replaces the other one; a final `s` of the given scheme stays
 */
export function absolute(url, scheme) {
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

export function requireCount(what, value) {
  if (!(typeof value === "number" && value > 0 && value < 2 ** 31)) {
    throw new RangeError(`${what}: expected a number over 0 and under 2^31, got ${shown(value)}`);
  }
}

export function requireFunction(what, value) {
  if (typeof value !== "function") throw new TypeError(`${what}: expected a function, got ${shown(value)}`);
}

export function requireChannel(name) {
  if (typeof name !== "string" || !CHANNEL.test(name) || exceeds(name, 255)) {
    const expected = "expected 1 to 255 bytes, no space and no control character";
    throw new TypeError(`channel ${shown(name)}: ${expected}`);
  }
}

/** Checks the options of a subscription, and throws if one is malformed. */
export function requireSubscribeOptions({ since, last, presence }) {
  if (presence !== undefined) requireFunction("presence", presence);
  if (since !== undefined && !POSITION.test(since)) {
    throw new TypeError(`since ${shown(since)}: expected the header position of a delivery`);
  }
  if (last !== undefined && !(Number.isInteger(last) && last >= 1 && last <= LARGEST_LAST)) {
    throw new RangeError(`last ${shown(last)}: expected a number from 1 to ${LARGEST_LAST}`);
  }
}

/** Returns the value of a header that lists channels. */
export function channelList(channels) {
  const names = [channels].flat();
  if (names.length === 0) throw new TypeError("channels: expected at least one");
  names.forEach(requireChannel);
  return names.join(" ");
}

/** Returns the position that a server sent; undefined if it is malformed, because the client sends positions back. */
export function positionIn(headers) {
  const position = headers.get("position");
  return POSITION.test(position ?? "") ? position : undefined;
}
