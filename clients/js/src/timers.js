/** Timers that end with a socket: `clear` cancels them all. */
export class Timers {
  #cancelled = new Map(); // timer → what is called if it is cancelled

  later(ms, run, cancelled = () => {}) {
    const timer = setTimeout(() => {
      this.#cancelled.delete(timer);
      run();
    }, ms);
    this.#cancelled.set(timer, cancelled);
  }

  /** Resolves after a time, or when the timers are cleared. */
  pause(ms) {
    return new Promise((resolve) => this.later(ms, resolve, resolve));
  }

  clear() {
    for (const [timer, cancelled] of this.#cancelled) {
      clearTimeout(timer);
      cancelled();
    }
    this.#cancelled.clear();
  }
}
