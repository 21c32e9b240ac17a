import { requireFunction } from "./checks.js";
import { shown } from "./text.js";

const EVENTS = ["open", "message", "close", "gap", "subscribed", "unsubscribed", "error"];

/** Calls the application's listeners and callbacks. An exception of one of them does not stop the client. */
export class Listeners {
  #byEvent = new Map(EVENTS.map((name) => [name, new Set()]));

  on(event, listener) {
    const listeners = this.#byEvent.get(event);
    if (!listeners) throw new TypeError(`event ${shown(event)}: expected one of ${EVENTS.join(", ")}`);
    requireFunction("listener", listener);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit(event, detail) {
    const listeners = this.#byEvent.get(event);
    if (event === "error" && listeners.size === 0) console.error(detail);
    // a listener of `error` that throws must not cause a further event `error`
    const failed = event === "error" ? throwUncaught : undefined;
    for (const listener of [...listeners]) {
      if (listeners.has(listener)) this.call(listener, detail, failed);
    }
  }

  /** Calls a callback. An exception, or a rejected promise that the callback returns, becomes the event `error`. */
  call(callback, detail, failed = (error) => this.#failed(error)) {
    try {
      const result = callback(detail);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #failed(error) {
    if (this.#byEvent.get("error").size > 0) this.emit("error", error);
    else throwUncaught(error);
  }
}

/** Throws an error as uncaught, so that browsers log it and Node ends. */
function throwUncaught(error) {
  queueMicrotask(() => {
    throw error;
  });
}
