import { RefusedError, TimeoutError } from "./errors.js";
import { randomWord, secondsOf } from "./text.js";

const STATUS = /^[1-5]\d\d$/;

/** Messages that wait for their reply, by id: the application's, and the client's own (subscribe, authorize). */
export class Requests {
  #waiting = new Map();
  #count = 0;
  #prefix = `lhttp-${randomWord()}-`; // no other client's ids begin with it
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

  /** Whether the client itself has sent a message with this id, answered or not. */
  isOwn(id) {
    return id.startsWith(this.#ownPrefix);
  }

  /** Sends a message under a new id, and resolves with its reply. */
  start(what, { timeout, signal, acknowledged, own, cancel }, send) {
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
      const late = () => giveUp(new TimeoutError(`${what}: no reply within ${timeout} ms`));
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

  /** Hands a reply to its request; false if none waits for it. Only a reply with a status acknowledges a message. */
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

  /** Whether this answers a message of the client's own that has timed out. */
  isLate(id, { headers }) {
    return this.isOwn(id) && STATUS.test(headers.get("status"));
  }

  fail(error, which = () => true) {
    for (const [id, request] of [...this.#waiting]) {
      if (which(id)) request.fail(error);
    }
  }
}
