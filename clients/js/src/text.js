/** Returns a value for an error's text, cut after 60 characters. */
export function shown(value) {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Removes the spaces and tabs around a value. A regular expression would take quadratic time for hostile values. */
export function trimmed(value) {
  let [start, end] = [0, value.length];
  while (start < end && " \t".includes(value[start])) start++;
  while (end > start && " \t".includes(value[end - 1])) end--;
  return value.slice(start, end);
}

/** Returns the number of bytes of a string in UTF-8, or of bytes. */
export function byteLength(data) {
  return typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
}

/** Whether data has more bytes than the limit. A string is only encoded if its length in characters does not decide. */
export function exceeds(data, limit) {
  return data.length > limit || (data.length * 3 > limit && byteLength(data) > limit);
}

/** Returns the bytes of a buffer or a view, without a copy. */
export function bytesOf(what, data) {
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  throw new TypeError(`${what}: expected a string, a Uint8Array or an ArrayBuffer, got ${shown(data)}`);
}

/** Returns 128 random bits as 32 hexadecimal digits, from the runtime's secure generator. */
export function randomWord() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the seconds that a header or a close reason states; undefined if the text is malformed. */
export function secondsOf(text) {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
