import { positionIn } from "./checks.js";
import { PresenceList } from "./presence.js";

/** A channel that the application subscribes to: its state, and the position of its last delivery. */
export class Channel {
  /** "wanted", "joining", "pausing", "joined", "held", "leaving" or "left"; docs/client-states.md defines them. */
  state = "wanted";
  step; // identifies the latest request about the channel; answers to an older one do not count
  subscribers = new Set();
  position; // of the last delivery; undefined while the channel is not known to have a history
  last; // the number of newest messages to request, until the subscription reply has come
  asked; // the id of the `subscribe` whose subscription reply is missing
  recoveries = 0; // subscription replies in a row without a history
  presence; // the application's callback
  #members = new PresenceList();

  constructor(name) {
    this.name = name;
  }

  /** Starts from the options of the first subscription. */
  begin({ since, last, presence }) {
    Object.assign(this, { position: since, last, presence, asked: undefined, recoveries: 0 });
    this.#members = new PresenceList();
  }

  enter(state, step) {
    Object.assign(this, { state, step });
  }

  /** Whether its `subscribe` names no other channel: `last` and `presence-events` count for a whole message. */
  get needsOwnMessage() {
    return this.last !== undefined || this.presence !== undefined;
  }

  /** Applies a presence message and returns what the application is told. */
  applyPresence(message) {
    return this.#members.apply(message);
  }

  /** Takes the subscription reply, which has the position where the subscription begins; true if messages before it may be lost. */
  takeNotice(id, headers) {
    if (this.asked !== id) return false; // the client has subscribed again since
    Object.assign(this, { asked: undefined, last: undefined, recoveries: 0, position: positionIn(headers) });
    return headers.get("recovered") === "false";
  }

  /** Takes a delivery and keeps its position. Returns "next", "after a gap", or "again": the replay repeats it. */
  takeDelivery(headers) {
    const position = positionIn(headers);
    const mayHaveHistory = this.position !== undefined || this.last !== undefined;
    if (mayHaveHistory && position && this.asked) return "again";
    if (this.position === undefined) return "next";
    this.position = position;
    return position ? "next" : "after a gap"; // this server keeps no history of the channel
  }
}
