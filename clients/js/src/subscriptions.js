import { requireChannel, requireFunction, requireSubscribeOptions } from "./checks.js";
import { Channel } from "./channel.js";
import { RefusedError } from "./errors.js";
import { isTransient } from "./retry.js";
import { byteLength, secondsOf, shown } from "./text.js";

const CHANNELS_PER_MESSAGE = 64; // the protocol's limit
const CHANNEL_BYTES_PER_MESSAGE = 8_000; // so that a header line stays below 8 KiB

/** Joins, leaves and recovers channels by the channel states of docs/client-states.md. */
export class Subscriptions {
  #link;
  #session;
  #channels = new Map(); // by name

  /**
   * @param link the methods of the connection that this class calls: usable, command, later, pause, retryPause, emit,
   *     tokenUnchecked
   */
  constructor(link, session) {
    this.#link = link;
    this.#session = session;
  }

  get(name) {
    return this.#channels.get(name);
  }

  /** The channels to which the server's code has subscribed this client. */
  get byServer() {
    return [...this.#channels.values()].filter(({ byServer }) => byServer).map(({ name }) => name);
  }

  // -- calls of the application

  add(name, onMessage, options) {
    requireChannel(name);
    requireFunction("onMessage", onMessage);
    requireSubscribeOptions(options);
    const channel = this.#channels.get(name) ?? new Channel(name);
    const first = channel.subscribers.size === 0; // an earlier subscription to the channel may still be ending
    if (first) channel.begin(options); // the server may have subscribed this client before
    else if (Object.values(options).some((value) => value !== undefined)) {
      throw new Error(`channel ${shown(name)}: only its first subscription may have options (since, last, presence)`);
    }
    const subscriber = { onMessage };
    const ready = new Promise((resolve, reject) => Object.assign(subscriber, { resolve, reject }));
    ready.catch(() => {}); // handled here, because the event `error` reports a refusal as well
    this.#channels.set(name, channel);
    channel.subscribers.add(subscriber);
    if (first) this.#join([channel]);
    else if (channel.state === "joined") subscriber.resolve();
    return Object.freeze({ channel: name, ready, unsubscribe: () => this.#remove(channel, subscriber) });
  }

  async #remove(channel, subscriber) {
    subscriber.reject(new DOMException(`unsubscribed from ${channel.name}`, "AbortError"));
    if (!channel.subscribers.delete(subscriber) || channel.subscribers.size > 0) return;
    channel.byServer = false; // the server ends the subscription, whoever has made it
    if (this.#channels.get(channel.name) !== channel) return; // the server has refused the channel in the meantime
    if (channel.state !== "held" && this.#link.usable()) await this.#leave(channel);
    else this.#forget(channel);
  }

  // -- events of the connection

  /** Joins all channels over a new connection. */
  opened() {
    this.#joinAll([...this.#channels.values()]);
  }

  /** Called when the server has accepted the token: joins the channels that it had refused without one. */
  tokenAccepted() {
    this.#joinAll([...this.#channels.values()].filter(({ state }) => state === "held"));
  }

  lost() {
    for (const channel of [...this.#channels.values()]) {
      channel.enter("wanted");
      channel.recoveries = 0;
      if (channel.abandoned) this.#forget(channel);
    }
  }

  closed(error) {
    for (const { subscribers } of this.#channels.values()) {
      for (const subscriber of subscribers) subscriber.reject(error);
      subscribers.clear();
    }
    for (const channel of [...this.#channels.values()]) this.#forget(channel);
  }

  // -- joining

  /** Joins channels with as few messages as possible. */
  #joinAll(channels) {
    const batch = [];
    let bytes = 0;
    for (const channel of channels.filter(({ needsOwnMessage }) => needsOwnMessage)) this.#join([channel]);
    for (const channel of channels.filter(({ needsOwnMessage }) => !needsOwnMessage)) {
      const size = byteLength(channel.name) + 1;
      if (batch.length === CHANNELS_PER_MESSAGE || bytes + size > CHANNEL_BYTES_PER_MESSAGE) {
        this.#join(batch.splice(0));
        bytes = 0;
      }
      batch.push(channel);
      bytes += size;
    }
    if (batch.length > 0) this.#join(batch);
  }

  async #join(channels, attempt = 0) {
    const step = Symbol("join");
    if (!this.#link.usable()) return channels.forEach((channel) => channel.enter("wanted", step));
    for (const channel of channels) channel.enter("joining", step);
    const current = () => channels.filter((channel) => channel.step === step);
    const names = channels.map(({ name }) => name).join(" ");
    try {
      const headers = { subscribe: names, "presence-session": this.#session, ...historyHeaders(channels) };
      if (channels[0].presence) headers["presence-events"] = true;
      const started = (id) => channels.forEach((channel) => (channel.asked = id));
      await this.#link.command(`subscribe to ${names}`, { command: "subscribe", headers }, started);
      current().forEach(joined);
    } catch (error) {
      if (isTransient(error)) this.#joinLater(current, error, attempt);
      else if (this.#link.tokenUnchecked() && [401, 403].includes(error.status)) {
        for (const channel of current()) channel.enter("held");
      } else if (channels.length > 1) {
        this.#joinHalves(current()); // sends one subscribe for each half of the channels, to find out which are refused
      } else {
        for (const channel of current()) this.#refused(channel, error);
      }
    }
  }

  #joinLater(current, error, attempt) {
    if (current().length === 0) return;
    for (const channel of current()) channel.state = "pausing";
    this.#link.later(this.#link.retryPause(error, attempt), () => {
      if (current().length > 0) this.#join(current(), attempt + 1);
    });
  }

  #joinHalves(channels) {
    const half = Math.ceil(channels.length / 2);
    for (const part of [channels.slice(0, half), channels.slice(half)]) {
      if (part.length > 0) this.#join(part);
    }
  }

  #refused(channel, error) {
    const byServer = channel.byServer;
    this.#forget(channel);
    for (const subscriber of channel.subscribers) subscriber.reject(error);
    if (byServer) {
      this.#link.emit("unsubscribed", { channel: channel.name, status: error.status, error: error.error ?? error.message });
    }
    if (!byServer || channel.subscribers.size > 0) this.#link.emit("error", error);
  }

  // -- leaving

  /**
   * Sends `unsubscribe` until the server has accepted it, the connection is lost, or the application subscribes again.
   */
  async #leave(channel) {
    const step = Symbol("leave");
    channel.enter("leaving", step);
    channel.asked = undefined;
    for (let attempt = 0; channel.step === step && this.#link.usable(); attempt++) {
      const message = { command: "unsubscribe", headers: { unsubscribe: channel.name } };
      try {
        await this.#link.command(`unsubscribe from ${channel.name}`, message);
        break;
      } catch (error) {
        if (channel.step !== step) return;
        if (!isTransient(error)) {
          this.#link.emit("error", error);
          break;
        }
        await this.#link.pause(this.#link.retryPause(error, attempt));
      }
    }
    if (channel.step === step) this.#forget(channel);
  }

  /** Removes a channel. Answers and timers that belong to it have no effect any more. */
  #forget(channel) {
    this.#channels.delete(channel.name);
    channel.enter("left");
    channel.asked = undefined;
    channel.byServer = false;
  }

  // -- messages of the server

  /**
   * Handles a subscription reply, which names the position at which the subscription begins. Returns false for any
   * other message.
   */
  takeSubscriptionReply(id, { headers }) {
    const name = headers.get("channel");
    if (name === undefined) return false;
    const channel = this.#channels.get(name);
    if (Number(headers.get("status")) >= 400) this.#recoverLater(channel, id, headers);
    else if (channel?.takeSubscriptionReply(id, headers)) this.#link.emit("gap", { missed: undefined, channels: [name] });
    return true;
  }

  /**
   * Called when the server could not read the history and has ended the subscription. The client joins again, from the
   * same position.
   */
  #recoverLater(channel, id, headers) {
    if (channel?.asked !== id) return;
    const retryAfter = secondsOf(headers.get("retry-after"));
    this.#link.later(this.#link.retryPause({ retryAfter }, channel.recoveries++), () => {
      if (channel.asked === id) this.#join([channel]);
    });
  }

  /**
   * Called when the server's code has subscribed this client, or could not read the history for it. From now on the
   * client keeps the subscription as one of its own: it joins again after a reconnect, and recovers.
   */
  takeServerSubscription(name, reply) {
    const { headers } = reply;
    if (Number(headers.get("status")) >= 400) return this.takeRevocation(name, reply);
    const known = this.#channels.get(name);
    if (known?.state === "leaving") return; // the application's `unsubscribe` ends this subscription, too
    const channel = known ?? new Channel(name);
    if (!known) {
      channel.beginByServer(headers);
      this.#channels.set(name, channel);
    }
    channel.byServer = true;
    this.#link.emit("subscribed", { channel: name });
    if (headers.get("recovered") === "false") this.#link.emit("gap", { missed: undefined, channels: [name] });
  }

  /**
   * Called when the server no longer allows a subscription. While the client joins, the message is ignored, because the
   * join gets its own answer.
   */
  takeRevocation(name, reply) {
    const channel = this.#channels.get(name);
    if (channel?.state !== "joined") return;
    const { headers } = reply;
    const refusal = { status: Number(headers.get("status")), error: headers.get("error") ?? "", reply };
    this.#refused(channel, new RefusedError(`subscription to ${name}`, refusal));
  }

  /** Returns the channel of a delivery. A server before 0.1.0 names the channel only if it has a history. */
  channelOf(by, published) {
    if (by !== undefined) return this.#channels.get(by);
    const mine = published.flatMap((name) => this.#channels.get(name) ?? []);
    const plain = mine.filter(({ position }) => position === undefined);
    return plain.find(({ state }) => state === "joined") ?? plain[0] ?? mine[0];
  }
}

function joined(channel) {
  channel.state = "joined";
  for (const subscriber of channel.subscribers) subscriber.resolve();
}

/** Returns the headers that request the messages after each channel's position. */
function historyHeaders(channels) {
  const last = channels.length === 1 ? channels[0].last : undefined;
  const since = channels.map(({ position }) => position ?? "now").join(" ");
  if (!last) return { since };
  return channels[0].position ? { since, last } : { last };
}
