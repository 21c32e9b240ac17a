import { RefusedError, TimeoutError } from "./errors.js";
import { randomWord, secondsOf } from "./text.js";

const STATUS = /^[1-5]\d\d$/;

/**
 * The messages that wait for their reply, by id: the application's, and those of the client itself (subscribe,
 * authorize).
 */
export class Requests {
  #waiting = new Map();
  #count = 0;
  #prefix = `lhttp-${randomWord()}-`; // no other client's ids begin with this text
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

  /** Whether the client itself has sent the message with this id. */
  isOwn(id) {
    return id.startsWith(this.#ownPrefix);
  }

  /** Sends a message with a new id. The promise resolves with the reply. */
  start(what, { timeout, signal, acknowledged, own, cancel, connected }, send) {
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
      const late = () => {
        const why = connected() ? "no reply" : "no connection, and no reply,";
        giveUp(new TimeoutError(`${what}: ${why} within ${timeout} ms`));
      };
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

  /**
   * Passes a reply to its request. Returns false if no request waits for it. A request for an acknowledgement ends only
   * with a reply that has a status.
   */
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

  /** Whether this reply answers a message of the client itself whose time-out has passed. */
  isLate(id, { headers }) {
    return this.isOwn(id) && STATUS.test(headers.get("status"));
  }

  fail(error, which = () => true) {
    for (const [id, request] of [...this.#waiting]) {
      if (which(id)) request.fail(error);
    }
  }
}
