import { positionIn } from "./checks.js";
import { PresenceList } from "./presence.js";

/** A channel that the application subscribes to: its state, and the position of its last delivery. */
export class Channel {
  /**
   * "wanted", "joining", "pausing", "joined", "held", "leaving" or "left"; docs/client-states.md defines the states.
   */
  state = "wanted";
  step; // identifies the latest request about the channel; the answers to older requests are ignored
  subscribers = new Set();
  byServer = false; // whether the server's code has subscribed this client
  position; // of the last delivery; undefined until the client knows that the channel has a history
  last; // the number of newest messages that `subscribe` requests; undefined after the subscription reply
  asked; // the id of the `subscribe` whose subscription reply has not come yet
  recoveries = 0; // the number of subscription replies in a row that came without a history
  presence; // the application's callback for changes of the members
  #members = new PresenceList();

  constructor(name) {
    this.name = name;
  }

  /** Resets the channel, and remembers the options of its first subscription. */
  begin({ since, last, presence }) {
    Object.assign(this, { position: since, last, presence, asked: undefined, recoveries: 0 });
    this.#members = new PresenceList();
  }

  /** Whether neither the application nor the server wants the channel any more. */
  get abandoned() {
    return this.subscribers.size === 0 && !this.byServer;
  }

  /** Begins a subscription that the server has made. */
  beginByServer(headers) {
    this.begin({});
    this.position = positionIn(headers);
    this.enter("joined");
  }

  enter(state, step) {
    Object.assign(this, { state, step });
  }

  /**
   * Whether the channel needs a `subscribe` of its own, because `last` and `presence-events` apply to a whole message.
   */
  get needsOwnMessage() {
    return this.last !== undefined || this.presence !== undefined;
  }

  /** Applies a presence message. Returns the detail for the application's callback. */
  applyPresence(message) {
    return this.#members.apply(message);
  }

  /**
   * Handles the subscription reply, which names the position at which the subscription begins. Returns true if messages
   * before that position may be lost.
   */
  takeSubscriptionReply(id, headers) {
    if (this.asked !== id) return false; // the client has sent another subscribe in the meantime
    Object.assign(this, { asked: undefined, last: undefined, recoveries: 0, position: positionIn(headers) });
    return headers.get("recovered") === "false";
  }

  /**
   * Handles a delivery and remembers its position. Returns "next", "after a gap", or "again" if the replay that was
   * requested brings the message again.
   */
  takeDelivery(headers) {
    const position = positionIn(headers);
    const mayHaveHistory = this.position !== undefined || this.last !== undefined;
    if (mayHaveHistory && position && this.asked) return "again";
    if (this.position === undefined) return "next";
    this.position = position;
    // A delivery without a position comes from a server that keeps no history.
    return position ? "next" : "after a gap";
  }
}
