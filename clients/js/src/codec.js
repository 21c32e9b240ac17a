import { ProtocolError } from "./errors.js";
import { HeaderList } from "./headers.js";
import { byteLength, bytesOf, exceeds, shown } from "./text.js";

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

/**
 * Writes a message with a body or with parts. Returns a string for a text frame, or, if the body or a part is bytes, the
 * bytes of a binary frame.
 */
export function encode({ command, headers, body = "", parts }, limits = LIMITS) {
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
export function partsOf({ headers, body }, limits = LIMITS) {
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
export function decode(data, limits = LIMITS) {
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
