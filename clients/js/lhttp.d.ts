/** What headers are written as. Order and duplicates are kept; names compare without case. */
export type HeaderInit =
  | Readonly<Record<string, HeaderValue>>
  | Iterable<readonly [name: string, value: HeaderValue]>;

export type HeaderValue = string | number | boolean;

/** Header lines in their order. Immutable. */
export class HeaderList implements Iterable<readonly [name: string, value: string]> {
  /** @throws TypeError for a value that is no {@link HeaderValue}. Spaces and tabs around a value are dropped. */
  constructor(headers?: HeaderInit);
  /** Names and values, in order. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The value of the first header of this name. */
  get(name: string): string | undefined;
  /** The values of all headers of this name, in order. */
  getAll(name: string): string[];
  has(name: string): boolean;
  /** The words of every header of this name, split at spaces: how `publish` names its channels. */
  words(name: string): string[];
  /** A copy that lacks the headers of these names. */
  without(...names: string[]): HeaderList;
  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]>;
}

/** A message to send. */
export interface OutgoingMessage {
  /** 1 to 128 bytes of UTF-8, no space and no control character. */
  command: string;
  headers?: HeaderInit;
  /** A string goes out in a text frame, bytes in a binary one. Empty by default. */
  body?: string | ArrayBufferView | ArrayBuffer;
}

/** A message that came in. */
export interface Message {
  readonly command: string;
  readonly headers: HeaderList;
  /** A string from a text frame, bytes from a binary one. */
  readonly body: string | Uint8Array;
}

/** How much a head may hold; the defaults are the protocol's: 64 lines of 8,192 bytes. */
export interface Limits {
  headerLines: number;
  headerLineBytes: number;
}

/**
 * Writes a message: a string for a text frame or, where the body is bytes, the bytes of a binary frame.
 *
 * @throws ProtocolError for what a server would refuse: no command or header can smuggle in a line
 */
export function encode(message: OutgoingMessage, limits?: Limits): string | Uint8Array;

/**
 * Reads a message from a text frame's string or a binary frame's bytes, of which the body stays a view.
 *
 * @throws ProtocolError 400, 431 or 505
 */
export function decode(data: string | ArrayBufferView | ArrayBuffer, limits?: Limits): Message;

/**
 * Connects and returns at once: messages wait, in a bounded queue, until the connection is open. When it is lost, it
 * comes back by itself, after a pause that grows exponentially and has full jitter, and subscribes anew. It does not
 * come back after 1000, 1007, 1009 and 4403; after 4401 it does with a new token, after 1001 and 4429 once the server's
 * `retry-after` is over.
 *
 * A connection that has died without a word is noticed: {@link Options.probeInterval}. When a browser has a network again
 * (`online`) or the page is looked at again (`visibilitychange`), that is not waited for: an open connection is asked for
 * a sign of life, and a pause ends, but for what the server has asked for.
 *
 * What is published while there is no connection is delivered later on channels with a history, and on no other.
 *
 * @param url `ws:`, `wss:`, `http:` or `https:`; in a browser also relative to the page
 * @throws TypeError for a malformed URL or an unknown option
 */
export function connect(url: string | URL, options?: Options): Connection;

/** Times are in milliseconds. */
export interface Options {
  /**
   * A token, or what gives one: asked before every attempt, with `refused: true` where the server has refused the last.
   * It goes out as the first message of a connection, `authorize` with the header `authorization:Bearer TOKEN`. The
   * connection ends with 4401 where the next token is the refused one, or none. A function that throws is asked again
   * after a pause. Where the server can't check the token now (429, 500, 502 to 504, no answer within
   * {@link Options.timeout}), it is shown again on the same connection, after `retry-after` and a growing pause;
   * subscriptions that are refused with 401 or 403 meanwhile are made once it is accepted, and 4401 does not count
   * against it.
   */
  token?: string | ((why: { refused: boolean }) => string | undefined | Promise<string | undefined>);
  /**
   * What this client is called where nobody knows its user: who comes back with it has not been away, as far as
   * presence is concerned. 1 to 64 letters, digits, `_` and `-`; made up by default. Kept in `sessionStorage`, it
   * outlives a reload of the page.
   */
  session?: string;
  /** How long a reply may take; default 10,000. */
  timeout?: number;
  /** How long it may take until a connection is open; default 10,000. */
  connectTimeout?: number;
  /** The first pause before a reconnect is random between 0 and this, each further one twice as long; default 500. */
  backoffBase?: number;
  /** The longest of these pauses; default 30,000. */
  backoffMax?: number;
  /**
   * Where nothing has come for so long, the server is asked for a sign of life, by an `unsubscribe` from a channel that
   * nobody is subscribed to. Where nothing comes within a third of it either, the connection is lost (1006), but not
   * before the requests that waited already have their replies or are over: a server answers in order. Default 30,000.
   */
  probeInterval?: number;
  /** How many messages may wait for the connection, and how many requests for their replies; default 1,000. */
  maxQueued?: number;
  /** How many bytes may wait, for the connection or in its socket; default 1 MiB. */
  maxQueuedBytes?: number;
  /** The server's limit for a message (over it, it closes the connection); default 65,536. */
  maxMessageBytes?: number;
  /** The runtime's own by default. */
  WebSocket?: new (url: string) => any;
  /** For tests: time, in milliseconds, and timers. */
  clock?: {
    now(): number;
    setTimeout(run: () => void, ms: number): any;
    clearTimeout(timer: any): void;
  };
  /** For tests: 0 to 1. */
  random?: () => number;
  /** For tests: the window, or what takes its place; the runtime's own by default. */
  page?: Partial<Pick<EventTarget, "addEventListener" | "removeEventListener">> & {
    readonly document?: EventTarget & { readonly visibilityState: string };
  };
}

export interface RequestOptions {
  /** In milliseconds, the time in the queue included; {@link Options.timeout} by default. */
  timeout?: number;
  /** Gives the request up; it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What a subscription wants beside its channel's messages. */
export interface Past {
  /** The header `position` of a message that was seen before: what came behind it follows. */
  since?: string;
  /** That many of the newest, 1 to 1,000; with `since`, only where that is not known any more. */
  last?: number;
  /** Called with who is there, at first and whenever that changes, where the channel has presence. */
  presence?: (present: Present) => void;
}

/** Who is subscribed to a channel. */
export interface Present {
  /** How many; there may be more than are listed, and none is where only the number is told. */
  readonly count: number;
  /** False while servers can't tell each other of everybody. */
  readonly complete: boolean;
  readonly members: readonly Member[];
  /** Who has come since the last call. */
  readonly joined: readonly Member[];
  /** Who has gone. */
  readonly left: readonly Member[];
}

export interface Member {
  /** Missing where nobody knows who it is. */
  readonly user?: string;
  readonly connection: string;
  /** In milliseconds since 1970. */
  readonly since: number;
}

export interface Connection {
  /** `waiting` is the pause before the next attempt; `closed` is for good. */
  readonly state: "connecting" | "open" | "waiting" | "closed";

  /**
   * Sends a message as it stands. Replies to it, if any, come as the event `message`. To publish, use
   * {@link publish}, which can tell replies from deliveries.
   *
   * @throws ProtocolError where the message is malformed
   * @throws RangeError over {@link Options.maxMessageBytes}
   * @throws QueueFullError
   * @throws DisconnectedError once the connection is closed for good
   */
  send(message: OutgoingMessage): void;

  /**
   * Sends a message with an `id` and waits for the first reply that carries it; further ones come as the event
   * `message`. Rejects with what {@link send} throws and with
   * - RefusedError where the reply's status is 400 or above
   * - TimeoutError
   * - DisconnectedError where the connection was lost: whether the server acted on the message is unknown
   * - the signal's reason
   */
  request(message: OutgoingMessage, options?: RequestOptions): Promise<Message>;

  /**
   * Publishes a message to one channel or to several, and resolves once the server has passed it on. Rejects like
   * {@link request}. A channel with a history takes a message with the header `message-id` once, however often this
   * client publishes it, also over another connection.
   *
   * @param channels names of 1 to 255 bytes of UTF-8 without spaces and control characters
   */
  publish(channels: string | readonly string[], message: OutgoingMessage, options?: RequestOptions): Promise<void>;

  /**
   * From now on, and across reconnects, calls `onMessage` for every message that is published to the channel. Several
   * subscriptions to one channel cost the server one.
   *
   * Where the channel has a history, nothing is lost with a connection: what was published meanwhile comes after the
   * reconnect, in order and once, and where something is missing the event `gap` says so before. `past` says what else
   * of the history is wanted.
   *
   * @throws TypeError for a malformed name
   * @throws Error where the channel is subscribed to already and `past` asks for something
   */
  subscribe(channel: string, onMessage: (message: Message) => void, past?: Past): Subscription;

  /**
   * Calls the listener on every such event and returns what takes it off. No listener is called before the code that
   * made the connection has returned.
   */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void;

  /** Closes for good. What waits is dropped, and rejects with DisconnectedError. The second call does nothing. */
  close(): void;
}

export interface Events {
  /** Open, for the first time or again; subscriptions and what waited are on their way. */
  open: {};
  /** What is neither a delivery to a subscription nor the reply that somebody waits for. */
  message: Message;
  /**
   * The connection was lost or could not be made. `reconnectIn` is null where it is closed for good; else it says after
   * how many milliseconds the next attempt is made, if the page gives no reason to try before.
   */
  close: { code: number; reason: string; reconnectIn: number | null };
  /**
   * Messages of a channel are lost to this client: the server has dropped them, as it was too slow, or did not remember
   * all that it had missed when it came back; `missed` is then undefined, and it may have been none. What comes next of
   * the channel comes after the gap. There are several channels where the server does not say which.
   */
  gap: { missed: number | undefined; channels: string[] };
  /**
   * What no call can be told: a malformed message came in (ProtocolError), a subscription was refused, or is no
   * longer allowed by the server, and is over (RefusedError), `token` has thrown; without a listener these go to the console. And what a callback has thrown
   * (`onMessage`, `presence`, a listener), at once or as a promise that rejects: without a listener that is an uncaught
   * error, which ends Node. So is what a listener of this event throws.
   */
  error: Error;
}

export interface Subscription {
  readonly channel: string;
  /**
   * Resolves once the server has the subscription; tries go on meanwhile, and while the server can't check the token.
   * Rejects with RefusedError where the server refuses it, which ends it, with DisconnectedError where the connection is
   * closed for good, and with an AbortError where it was unsubscribed before. Need not be handled.
   */
  readonly ready: Promise<void>;
  /**
   * `onMessage` is not called again. The server is told until it has taken it, and what it delivers meanwhile is dropped.
   * Resolves then, or where the connection is lost, the channel is subscribed to again or the server refuses it for good,
   * of which the event `error` tells. Never rejects.
   */
  unsubscribe(): Promise<void>;
}

/**
 * Publishes over HTTP, without a connection: `POST /publish`. A retry with the same `message-id` is known as one by the
 * user, or where nobody is authenticated by the header `presence-session`, a secret name of 1 to 64 letters, digits, `_` and `-`.
 *
 * @param url of the server, `http:` or `https:`; `ws:` and `wss:` will do
 * @param options the time-out is 10 s where no signal is given
 * @returns how many channels took it
 * @throws RefusedError where the server refuses it
 */
export function publishOverHttp(
  url: string | URL,
  channels: string | readonly string[],
  command: string,
  headers?: HeaderInit,
  body?: string | ArrayBufferView | ArrayBuffer,
  options?: { signal?: AbortSignal },
): Promise<{ channels: number }>;

/** A malformed message, with the status that answers it: 400, 431 or 505. */
export class ProtocolError extends Error {
  constructor(status: number, reason: string);
  readonly status: number;
}

/** The server has refused a message. */
export class RefusedError extends Error {
  constructor(what: string, refusal: { status: number; error: string; retryAfter?: number; reply?: Message });
  /** As in HTTP: 403, 429 and so on. */
  readonly status: number;
  /** The server's words, for people; may be empty. */
  readonly error: string;
  /** Seconds, where the server gave them. */
  readonly retryAfter: number | undefined;
  /** The refusal itself; there is none over HTTP. */
  readonly reply: Message | undefined;
}

/** The connection was lost, or is closed for good. */
export class DisconnectedError extends Error {
  constructor(code: number, reason: string);
  /** The WebSocket's close code. */
  readonly code: number;
  readonly reason: string;
}

/** No reply came in time. */
export class TimeoutError extends Error {}

/** More than {@link Options.maxQueued} or {@link Options.maxQueuedBytes} would wait. */
export class QueueFullError extends Error {}
