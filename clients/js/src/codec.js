import { ProtocolError } from "./errors.js";
import { HeaderList } from "./headers.js";
import { bytesOf, exceeds, shown } from "./text.js";

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
export const NO_LIMITS = { headerLines: Infinity, headerLineBytes: Infinity };

/** Writes a message. Returns a string for a text frame, or, if the body is bytes, the bytes of a binary frame. */
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

/**
 * Reads a message from the string of a text frame or the bytes of a binary frame. A body of bytes is a view, not a
 * copy.
 */
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

/** Returns the index of the CRLF that ends the last header line, or -1 if there is no empty line. */
function emptyLine(bytes) {
  for (let i = bytes.indexOf(13); i >= 0; i = bytes.indexOf(13, i + 1)) {
    if (bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) {
      return i;
    }
  }
  return -1;
}
