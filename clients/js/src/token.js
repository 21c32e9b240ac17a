import { RefusedError } from "./errors.js";
import { isTransient } from "./retry.js";

/** The application's token, and what the server said of it: the token states of docs/client-states.md. */
export class Token {
  #source;
  #value;
  #refused = false;
  #step; // identifies the latest `authorize`

  /** Whether the server of this connection could not check the token yet. */
  unchecked = false;

  /** @param source a token, a function that returns one, or undefined */
  constructor(source) {
    this.#source = source;
  }

  /** Asks for the token of the next connection; false if the server has refused the only one. */
  async renew() {
    const refused = this.#refused;
    const next = typeof this.#source === "function" ? await this.#source({ refused }) : this.#source;
    if (refused && (!next || next === this.#value)) return false;
    this.#value = next;
    this.#refused = false;
    return true;
  }

  /** Shows the token, again after a pause if the server can't check it now. Nothing waits for the answer: it is mostly yes. */
  async show(link, attempt = 0) {
    if (!this.#value || !link.usable()) return; // the next connection shows it
    const step = (this.#step = Symbol("show"));
    try {
      await link.command("the token", { command: "authorize", headers: { authorization: `Bearer ${this.#value}` } });
    } catch (error) {
      if (this.#step !== step) return; // that connection is lost
      this.unchecked = isTransient(error);
      if ([401, 403].includes(error.status)) return link.drop(4000 + error.status, error.error);
      if (this.unchecked) {
        return link.later(link.retryPause(error, attempt), () => this.show(link, attempt + 1));
      }
      if (!(error instanceof RefusedError)) link.emit("error", error); // it can't be sent
    }
    if (this.#step !== step) return;
    this.unchecked = false;
    link.tokenAccepted();
  }

  /** The connection has ended with this code; true if the token was refused and no other can be had. */
  lost(code) {
    const refused = code === 4401 && !this.unchecked;
    this.unchecked = false;
    this.#step = undefined;
    this.#refused ||= refused;
    return refused && typeof this.#source !== "function";
  }
}
