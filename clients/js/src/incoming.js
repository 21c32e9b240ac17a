import { decode, NO_LIMITS } from "./codec.js";
import { pauseOf } from "./retry.js";
import { secondsOf } from "./text.js";

/** Passes each received message to the request or subscription that waits for it, or to the application's listeners. */
export class Incoming {
  #requests;
  #subscriptions;
  #liveness;
  #listeners;
  #isClosed;

  constructor({ requests, subscriptions, liveness, listeners, isClosed }) {
    this.#requests = requests;
    this.#subscriptions = subscriptions;
    this.#liveness = liveness;
    this.#listeners = listeners;
    this.#isClosed = isClosed;
  }

  receive(data) {
    this.#liveness.received();
    let message;
    try {
      message = decode(data, NO_LIMITS);
    } catch (error) {
      return this.#listeners.emit("error", error);
    }
    const { command, headers } = message;
    const id = headers.get("id");
    if (id !== undefined) return this.#takeReply(id, message);
    const joined = headers.get("subscribed");
    if (joined !== undefined) return this.#subscriptions.takeServerSubscription(joined, message);
    const revoked = headers.get("unsubscribed");
    if (revoked !== undefined) return this.#subscriptions.takeRevocation(revoked, message);
    const published = headers.words("publish");
    if (command === "presence" && published.length === 0) return this.#takePresence(message);
    this.#takeDelivery(message, published);
  }

  #takeReply(id, message) {
    const { headers } = message;
    if (id === this.#requests.probeId) {
      return this.#liveness.received(pauseOf(secondsOf(headers.get("retry-after"))));
    }
    const taken =
      this.#requests.settle(id, message) ||
      (this.#requests.isOwn(id) && this.#subscriptions.takeSubscriptionReply(id, message)) ||
      this.#requests.isLate(id, message);
    if (!taken) this.#listeners.emit("message", message);
  }

  #takePresence(message) {
    const channel = this.#subscriptions.get(message.headers.get("channel"));
    if (!channel?.presence) return this.#listeners.emit("message", message);
    if (channel.subscribers.size === 0) return; // the application has unsubscribed in the meantime
    try {
      const present = channel.applyPresence(message);
      this.#listeners.call(channel.presence, present);
    } catch (error) {
      this.#listeners.emit("error", error);
    }
  }

  #takeDelivery(message, published) {
    const { headers } = message;
    const by = headers.get("channel");
    const channel = this.#subscriptions.channelOf(by, published);
    if (channel?.abandoned) return; // the application has unsubscribed in the meantime
    const arrival = channel?.takeDelivery(headers);
    if (arrival === "again") return;
    if (arrival === "after a gap") this.#listeners.emit("gap", { missed: undefined, channels: [channel.name] });
    const missed = missedCount(headers);
    if (missed > 0 && !this.#isClosed()) {
      const channels = by === undefined && !channel ? published : [channel?.name ?? by];
      this.#listeners.emit("gap", { missed, channels });
    }
    if (this.#isClosed()) return; // a listener has closed the connection
    if (!channel || (channel.byServer && channel.subscribers.size === 0)) return this.#listeners.emit("message", message);
    for (const subscriber of [...channel.subscribers]) {
      if (channel.subscribers.has(subscriber)) this.#listeners.call(subscriber.onMessage, message);
    }
  }
}

/** Returns how many deliveries the server dropped before this one; 1 if the header can't be read. */
function missedCount(headers) {
  const missed = headers.get("missed");
  if (missed === undefined) return 0;
  return /^\d{1,15}$/.test(missed) ? Number(missed) : 1;
}
