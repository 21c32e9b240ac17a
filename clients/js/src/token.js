import { RefusedError } from "./errors.js";
import { isTransient } from "./retry.js";

/** The application's token, and whether the server has refused it, by the token states of docs/client-states.md. */
export class Token {
  #source;
  #value;
  #refused = false;
  #step; // identifies the latest `authorize`

  /** Whether the server could not check the token on this connection yet. */
  unchecked = false;

  /**
   * @param source a token, a function that returns one, or undefined for no token
   */
  constructor(source) {
    this.#source = source;
  }

  /** Gets the token of the next connection from the source. Returns false if the server has refused the only token. */
  async renew() {
    const refused = this.#refused;
    const next = typeof this.#source === "function" ? await this.#source({ refused }) : this.#source;
    if (refused && (!next || next === this.#value)) return false;
    this.#value = next;
    this.#refused = false;
    return true;
  }

  /**
   * Sends the token, and sends it again after a pause if the server can't check it now. Other messages do not wait for
   * the answer, because it is mostly yes.
   */
  async show(link, attempt = 0) {
    if (!this.#value || !link.usable()) return; // the next connection sends it
    const step = (this.#step = Symbol("show"));
    try {
      await link.command("the token", { command: "authorize", headers: { authorization: `Bearer ${this.#value}` } });
    } catch (error) {
      if (this.#step !== step) return; // the connection to which the token was sent is lost
      this.unchecked = isTransient(error);
      if ([401, 403].includes(error.status)) return link.drop(4000 + error.status, error.error);
      if (this.unchecked) {
        return link.later(link.retryPause(error, attempt), () => this.show(link, attempt + 1));
      }
      if (!(error instanceof RefusedError)) link.emit("error", error); // the token can't be sent
    }
    if (this.#step !== step) return;
    this.unchecked = false;
    link.tokenAccepted();
  }

  /**
   * Called when the connection has ended with this code. Returns true if the server has refused the token and there is
   * no other one.
   */
  lost(code) {
    const refused = code === 4401 && !this.unchecked;
    this.unchecked = false;
    this.#step = undefined;
    this.#refused ||= refused;
    return refused && typeof this.#source !== "function";
  }
}
