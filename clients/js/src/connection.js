import { absolute, channelList, requireCount } from "./checks.js";
import { encode, NO_LIMITS } from "./codec.js";
import { DisconnectedError, QueueFullError } from "./errors.js";
import { HeaderList } from "./headers.js";
import { Incoming } from "./incoming.js";
import { Listeners } from "./listeners.js";
import { Liveness, onWake } from "./liveness.js";
import { settings } from "./options.js";
import { Requests } from "./requests.js";
import { backoff, closePause, isFinal, retryPause } from "./retry.js";
import { SendQueue } from "./send-queue.js";
import { Subscriptions } from "./subscriptions.js";
import { byteLength, exceeds } from "./text.js";
import { Timers } from "./timers.js";
import { Token } from "./token.js";

// in ms; after a connection that was open for this long, the pauses begin with the shortest again
const STEADY = 10_000;

/**
 * Creates a message by which the client asks whether the connection is alive. Because of `ack`, every chain answers it,
 * if only with a refusal. No application subscribes to its channel.
 */
const probe = (id) => encode({ command: "unsubscribe", headers: { unsubscribe: "lhttp-probe", ack: true, id } });

export function connect(url, options) {
  return new Connection(url, options);
}

/**
 * The connection of a client. It opens one socket after the other, with pauses in between, as docs/client-states.md
 * describes.
 */
class Connection {
  #url;
  #options;
  #listeners = new Listeners();
  #timers = new Timers(); // end with the socket, or with the pause before the next socket
  #requests = new Requests();
  #sendQueue;
  #token;
  #subscriptions;
  #liveness;
  #incoming;
  #leavePage;
  #link; // the methods of this connection that the token and the subscriptions call
  #state = "connecting";
  #socket;
  #openedAt;
  #attempt = 0;
  #awayUntil; // the time before which the server does not want the client to connect again
  #end; // the error that calls get once the connection is closed for good

  constructor(url, options) {
    this.#url = absolute(url, "ws");
    this.#options = settings(options);
    this.#sendQueue = new SendQueue(this.#options);
    this.#token = new Token(this.#options.token);
    this.#link = {
      usable: () => this.#usable(),
      command: (what, message, started) => this.#command(what, message, started),
      later: (ms, run) => this.#timers.later(ms, run),
      pause: (ms) => this.#timers.pause(ms),
      retryPause: (error, attempt) => retryPause(error, attempt, this.#options),
      emit: (event, detail) => this.#listeners.emit(event, detail),
      drop: (code, reason) => this.#drop(code, reason),
      tokenAccepted: () => this.#subscriptions.tokenAccepted(),
      tokenUnchecked: () => this.#token.unchecked,
    };
    this.#subscriptions = new Subscriptions(this.#link, this.#options.session);
    this.#liveness = new Liveness(this.#options, {
      ask: () => this.#probe(),
      dead: (silence) => this.#drop(1006, `nothing came for ${silence} ms`),
    });
    this.#incoming = new Incoming({
      requests: this.#requests,
      subscriptions: this.#subscriptions,
      liveness: this.#liveness,
      listeners: this.#listeners,
      isClosed: () => this.#end !== undefined,
    });
    this.#leavePage = onWake(() => this.#wake());
    this.#open();
  }

  get state() {
    return this.#state;
  }

  on(event, listener) {
    return this.#listeners.on(event, listener);
  }

  send(message) {
    this.#transmit(message);
  }

  async request(message, options) {
    return this.#ask(`request ${message.command}`, message, options);
  }

  async publish(channels, message, options) {
    const headers = new HeaderList(message.headers);
    if (headers.has("publish")) throw new TypeError("header publish: the channels are publish()'s first argument");
    const names = channelList(channels);
    const retried = headers.has("message-id") && !headers.has("presence-session");
    // by this header the server recognises a repeated publication
    const session = retried ? [["presence-session", this.#options.session]] : [];
    const published = { ...message, headers: [...headers, ...session, ["publish", names]] };
    await this.#ask(`publish to ${names}`, acknowledged(published), { ...options, acknowledged: true });
  }

  subscribe(name, onMessage, options = {}) {
    if (this.#end) throw this.#end;
    return this.#subscriptions.add(name, onMessage, options);
  }

  get serverSubscriptions() {
    return this.#subscriptions.byServer;
  }

  close() {
    if (this.#end) return;
    const socket = this.#socket;
    this.#detach();
    socket?.close(1000);
    this.#finish(1000, "closed by this client");
  }

  // -- states

  async #open() {
    this.#state = "connecting";
    let socket;
    try {
      const renewed = await this.#token.renew();
      if (this.#end) return;
      if (!renewed) return this.#finish(4401, "the token was refused, and there is no new one");
      socket = new this.#options.WebSocket(this.#url);
    } catch (error) {
      if (!this.#end) this.#listeners.emit("error", error);
      return this.#lost(1006, "no connection was tried");
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#socket === socket && this.#opened();
    socket.onmessage = ({ data }) => this.#socket === socket && this.#incoming.receive(data);
    socket.onclose = ({ code, reason }) => this.#socket === socket && this.#lost(code, reason);
    socket.onerror = () => {}; // the event `close` follows
    this.#timers.later(this.#options.connectTimeout, () => {
      if (this.#state === "connecting") this.#drop(1006, `not open after ${this.#options.connectTimeout} ms`);
    });
  }

  #opened() {
    this.#state = "open";
    this.#openedAt = performance.now();
    this.#liveness.start();
    this.#token.show(this.#link);
    this.#subscriptions.opened();
    this.#sendQueue.drain((data) => this.#socket.send(data));
    this.#listeners.emit("open", {});
  }

  /** Gives up a socket that has not closed by itself. */
  #drop(code, reason) {
    const socket = this.#socket;
    this.#lost(code, reason);
    socket.close();
  }

  #lost(code, reason) {
    if (this.#end) return; // a listener has closed the connection, or the application has while the token was fetched
    this.#detach();
    if (performance.now() - this.#openedAt >= STEADY) this.#attempt = 0;
    this.#openedAt = undefined;
    this.#requests.fail(new DisconnectedError(code, reason), (id) => !this.#sendQueue.has(id));
    this.#subscriptions.lost();
    const noToken = this.#token.lost(code);
    if (!this.#options.reconnect || isFinal(code) || noToken) return this.#finish(code, reason);
    this.#state = "waiting";
    const pause = closePause(code, reason);
    this.#awayUntil = performance.now() + pause;
    const reconnectIn = pause + backoff(this.#attempt++, this.#options);
    this.#timers.later(reconnectIn, () => this.#open());
    this.#listeners.emit("close", { code, reason, reconnectIn });
  }

  #finish(code, reason) {
    this.#state = "closed";
    this.#leavePage();
    this.#end = new DisconnectedError(code, reason);
    this.#sendQueue.clear();
    this.#requests.fail(this.#end);
    this.#subscriptions.closed(this.#end);
    this.#listeners.emit("close", { code, reason, reconnectIn: null });
  }

  /**
   * Called when the page is online or visible again: ends the pause, or asks the server whether the connection is
   * alive.
   */
  #wake() {
    if (this.#state === "open") this.#liveness.ask();
    if (this.#state !== "waiting") return;
    this.#detach();
    this.#timers.later(Math.max(0, this.#awayUntil - performance.now()), () => this.#open());
  }

  /** Sends a probe. Returns a function that tells whether the server may still be busy with earlier requests. */
  #probe() {
    const before = this.#requests.ids;
    if (this.#usable()) this.#socket.send(probe(this.#requests.probeId));
    return () => before.some((id) => this.#requests.has(id));
  }

  #detach() {
    this.#socket = undefined;
    this.#liveness.stop();
    this.#timers.clear();
  }

  // -- sending

  #transmit(message, id = Symbol("message")) {
    if (this.#end) throw this.#end;
    const { maxMessageBytes, maxQueuedBytes } = this.#options;
    const data = encode(message, NO_LIMITS);
    if (exceeds(data, maxMessageBytes)) {
      const size = `a message of ${byteLength(data)} bytes`;
      throw new RangeError(`${size}: expected at most ${maxMessageBytes} (maxMessageBytes)`);
    }
    if (!this.#usable()) return this.#sendQueue.add(id, data);
    if (this.#socket.bufferedAmount > maxQueuedBytes) {
      throw new QueueFullError(`the socket has ${this.#socket.bufferedAmount} bytes waiting (maxQueuedBytes)`);
    }
    this.#socket.send(data);
  }

  /** Whether the socket takes messages. One that is about to close would drop them. */
  #usable() {
    return this.#state === "open" && this.#socket.readyState === 1;
  }

  #ask(what, message, { timeout = this.#options.requestTimeout, signal, acknowledged } = {}) {
    requireCount("timeout", timeout);
    const { maxQueued } = this.#options;
    if (this.#requests.size >= maxQueued) {
      throw new QueueFullError(`${what}: ${maxQueued} requests wait for their replies (maxQueued)`);
    }
    return this.#start(what, message, { timeout, signal, acknowledged });
  }

  /**
   * Sends a message of the client itself. Their number needs no bound, because each channel has at most two of them.
   */
  #command(what, message, started) {
    const options = { timeout: this.#options.requestTimeout, acknowledged: true, own: true, started };
    return this.#start(what, acknowledged(message), options);
  }

  #start(what, message, options) {
    const cancel = (id) => this.#sendQueue.remove(id);
    const connected = () => this.#usable();
    return this.#requests.start(what, { ...options, cancel, connected }, (id) => {
      const headers = new HeaderList(message.headers);
      if (headers.has("id")) throw new TypeError("header id: it is set here; to choose one, use send()");
      options.started?.(id);
      this.#transmit({ ...message, headers: [...headers, ["id", id]] }, id);
    });
  }
}

function acknowledged(message) {
  return { ...message, headers: [...new HeaderList(message.headers).without("ack"), ["ack", "true"]] };
}
