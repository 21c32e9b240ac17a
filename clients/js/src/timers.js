/** Timers that end together with a socket: `clear` cancels all of them. */
export class Timers {
  #cancelled = new Map(); // by timer, the function to call if the timer is cancelled

  later(ms, run, cancelled = () => {}) {
    const timer = setTimeout(() => {
      this.#cancelled.delete(timer);
      run();
    }, ms);
    this.#cancelled.set(timer, cancelled);
  }

  /** Returns a promise that resolves after a time, or when the timers are cleared. */
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
