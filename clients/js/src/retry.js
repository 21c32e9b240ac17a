import { QueueFullError, RefusedError, TimeoutError } from "./errors.js";
import { secondsOf } from "./text.js";

const FINAL_CODES = [1000, 1007, 1009, 4403];
const PAUSE_CODES = [1001, 4429];
const TRANSIENT_STATUSES = [429, 500, 502, 503, 504];
const LONGEST_PAUSE = 3_600_000; // in ms; a timer takes no longer pause than 2^31 ms

/** Whether the client opens no further connection after one that ended with this code. */
export function isFinal(code) {
  return FINAL_CODES.includes(code);
}

/** Whether the same message may succeed later over the same connection. */
export function isTransient(error) {
  if (error instanceof RefusedError) return TRANSIENT_STATUSES.includes(error.status);
  return error instanceof TimeoutError || error instanceof QueueFullError;
}

/** Returns a random pause in milliseconds. The longest possible pause doubles with each attempt. */
export function backoff(attempt, { backoffBase, backoffMax }) {
  return Math.random() * Math.min(backoffMax, backoffBase * 2 ** attempt);
}

/** Returns the pause in milliseconds before a failed message is sent again. */
export function retryPause({ retryAfter }, attempt, options) {
  return pauseOf(retryAfter) + backoff(attempt, options);
}

/** Returns the milliseconds for which a close frame asks the client to stay away: `draining; retry-after=2.5`. */
export function closePause(code, reason) {
  const [, seconds] = /(?:^|[\s;])retry-after=([\d.]+)/.exec(reason) ?? [];
  return PAUSE_CODES.includes(code) ? pauseOf(secondsOf(seconds)) : 0;
}

/** Returns a pause in milliseconds, at most an hour. */
export function pauseOf(seconds = 0) {
  return Math.min(LONGEST_PAUSE, seconds * 1000);
}
