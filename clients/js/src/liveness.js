/**
 * Detects a connection that has died without a close frame. If nothing has come for an interval, the client sends a
 * probe, and waits for a third of the interval. Browsers offer no WebSocket pings.
 */
export class Liveness {
  #interval;
  #on;
  #receivedAt;
  #asked = false;
  #timer;

  /**
   * @param on `ask()` sends a probe and returns a function that tells whether the server may be busy; `dead(silence)`
   *     is called when the connection counts as dead
   */
  constructor({ probeInterval }, on) {
    this.#interval = probeInterval;
    this.#on = on;
  }

  start() {
    this.received();
    this.#watch();
  }

  stop() {
    this.#asked = false;
    clearTimeout(this.#timer);
  }

  /**
   * Called when bytes have come.
   *
   * @param pause the time in ms, beyond the interval, for which the server wants no probe
   */
  received(pause = 0) {
    this.#asked = false;
    this.#receivedAt = performance.now() + pause;
  }

  ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#await(this.#on.ask());
  }

  #watch() {
    const left = this.#receivedAt + this.#interval - performance.now();
    if (left > 0) this.#wait(left, () => this.#watch());
    else this.ask();
  }

  /**
   * Waits for an answer to a probe. A timer that is late shows that the machine slept; messages that came meanwhile are
   * passed on after the timer, so the wait is repeated once.
   */
  #await(busy, mayBeLate = true) {
    const patience = this.#interval / 3;
    const due = performance.now() + patience;
    this.#wait(patience, () => {
      const late = mayBeLate && performance.now() > due + patience;
      if (!this.#asked) this.#watch();
      else if (late || busy()) this.#await(busy, mayBeLate && !late);
      else this.#on.dead(Math.round(performance.now() - this.#receivedAt));
    });
  }

  #wait(ms, run) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
    this.#timer?.unref?.(); // the timer alone does not keep Node running
  }
}

/**
 * Calls `wake` when the page is online again or becomes visible; outside of a page never. Returns a function that ends
 * this.
 */
export function onWake(wake) {
  const page = globalThis;
  const { document } = page;
  const visible = () => document.visibilityState === "visible" && wake();
  page.addEventListener?.("online", wake);
  document?.addEventListener?.("visibilitychange", visible);
  return () => {
    page.removeEventListener?.("online", wake);
    document?.removeEventListener?.("visibilitychange", visible);
  };
}
