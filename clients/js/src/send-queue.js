import { QueueFullError } from "./errors.js";
import { byteLength } from "./text.js";

/** The messages that wait until the connection is open, bounded in number and bytes. */
export class SendQueue {
  #waiting = new Map();
  #bytes = 0;
  #limits;

  constructor(limits) {
    this.#limits = limits;
  }

  add(id, data) {
    const { maxQueued, maxQueuedBytes } = this.#limits;
    const size = byteLength(data);
    if (this.#waiting.size >= maxQueued || this.#bytes + size > maxQueuedBytes) {
      const limits = `maxQueued ${maxQueued}, maxQueuedBytes ${maxQueuedBytes}`;
      throw new QueueFullError(`${this.#waiting.size} messages wait for the connection (${limits})`);
    }
    this.#waiting.set(id, { data, size });
    this.#bytes += size;
  }

  has(id) {
    return this.#waiting.has(id);
  }

  remove(id) {
    this.#bytes -= this.#waiting.get(id)?.size ?? 0;
    this.#waiting.delete(id);
  }

  drain(send) {
    for (const { data } of this.#waiting.values()) send(data);
    this.clear();
  }

  clear() {
    this.#waiting.clear();
    this.#bytes = 0;
  }
}
