/** The forms of headers that a message may be given. Order and duplicates are kept; names compare without case. */
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
 * @throws ProtocolError for a message that a server would refuse, such as a header with a line break
 */
export function encode(message: OutgoingMessage, limits?: Limits): string | Uint8Array;

/**
 * Reads a message from a text frame's string or a binary frame's bytes, of which the body stays a view.
 *
 * @throws ProtocolError 400, 431 or 505
 */
export function decode(data: string | ArrayBufferView | ArrayBuffer, limits?: Limits): Message;

/**
 * Connects and returns at once; messages wait, in a bounded queue, until the connection is open. The client opens a lost
 * connection again after a random pause that grows exponentially, and subscribes again. It does not come back after the
 * close codes 1000, 1007, 1009 and 4403. After 4401 it comes back with a new token, after 1001 and 4429 once the server's
 * `retry-after` is over.
 *
 * {@link Options.probeInterval} says when the client notices a connection that has died without a close frame. When a
 * browser is online again (`online`) or the page becomes visible (`visibilitychange`), the client does not wait for that:
 * it probes an open connection, and ends a pause, except for the time that the server asked for.
 *
 * The server delivers messages that were published while there was no connection only on channels with a history.
 *
 * @param url `ws:`, `wss:`, `http:` or `https:`; in a browser also relative to the page
 * @throws TypeError for a malformed URL or an unknown option
 */
export function connect(url: string | URL, options?: Options): Connection;

/** Times are in milliseconds. The client for Java has the same options, see the README. */
export interface Options {
  /**
   * A token, or a function that returns one. The client calls the function before every attempt, with `refused: true` if
   * the server has refused the last token. It sends the token as the first message of a connection: `authorize` with the
   * header `authorization:Bearer TOKEN`. The connection closes for good with 4401 if the function then returns the
   * refused token or none. If the function throws, the client calls it again after a pause.
   *
   * If the server can't check the token now (429, 500, 502 to 504, or no answer within {@link Options.requestTimeout}),
   * the client sends it again on the same connection, after `retry-after` and a growing pause. Meanwhile a subscription
   * that is refused with 401 or 403 waits until the token is accepted, and 4401 does not count against the token.
   */
  token?: string | ((why: { refused: boolean }) => string | undefined | Promise<string | undefined>);
  /**
   * The name of this client if the server does not know its user. A client that comes back with the same session has not
   * left, as far as presence is concerned. 1 to 64 letters, digits, `_` and `-`; random by default. A session that is kept
   * in `sessionStorage` outlives a reload of the page.
   */
  session?: string;
  /** Whether a lost connection is opened again, and a failed attempt repeated; default true. */
  reconnect?: boolean;
  /** How long a reply may take, the time in the queue included; default 10,000. */
  requestTimeout?: number;
  /** How long it may take until a connection is open; default 10,000. */
  connectTimeout?: number;
  /** The bound of the first random pause before a reconnect; the bound doubles with each attempt. Default 500. */
  backoffBase?: number;
  /** The largest bound of these pauses; default 30,000. */
  backoffMax?: number;
  /**
   * If nothing has come for so long, the client probes the server: it unsubscribes from a channel that no application
   * uses, and the server answers. If nothing comes within a third of this time either, the connection is lost (1006),
   * but not before earlier requests have their replies or time out, as a server answers in order. Default 30,000.
   */
  probeInterval?: number;
  /** How many messages may wait for the connection, and how many requests for their replies; default 1,000. */
  maxQueued?: number;
  /** How many bytes may wait, for the connection or in its socket; default 1,048,576. */
  maxQueuedBytes?: number;
  /** The longest message to send: the server's limit, beyond which it closes the connection. Default 65,536. */
  maxMessageBytes?: number;
  /** The runtime's own by default. */
  WebSocket?: new (url: string) => any;
}

export interface RequestOptions {
  /** In milliseconds, the time in the queue included; {@link Options.requestTimeout} by default. */
  timeout?: number;
  /** Gives the request up; it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The history and presence that a subscription gets beside new messages. */
export interface SubscribeOptions {
  /** The header `position` of an earlier delivery: the messages behind it follow. */
  since?: string;
  /** The newest N messages, 1 to 1,000. With `since`: only if the server no longer knows that position. */
  last?: number;
  /** Called with the channel's subscribers, at first and after each change, if the channel has presence. */
  presence?: (present: Present) => void;
}

/** The subscribers of a channel. */
export interface Present {
  /** The number of members. There may be more than are listed; none is listed where the server tells the number only. */
  readonly count: number;
  /** False while servers can't tell each other of every member. */
  readonly complete: boolean;
  readonly members: readonly Member[];
  /** The members that have joined since the last call. */
  readonly joined: readonly Member[];
  /** The members that have left since the last call. */
  readonly left: readonly Member[];
}

export interface Member {
  /** Missing if the member has not authenticated. */
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
   * @throws ProtocolError if the message is malformed
   * @throws RangeError over {@link Options.maxMessageBytes}
   * @throws QueueFullError
   * @throws DisconnectedError once the connection is closed for good
   */
  send(message: OutgoingMessage): void;

  /**
   * Sends a message with an `id` and waits for the first reply that carries it; further ones come as the event
   * `message`. Rejects with what {@link send} throws and with
   * - RefusedError if the reply's status is 400 or above
   * - TimeoutError
   * - DisconnectedError if the connection was lost: whether the server acted on the message is unknown
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
   * subscriptions to one channel are one to the server.
   *
   * If the channel has a history, nothing is lost with a connection: messages that were published meanwhile come after
   * the reconnect, in order and once. If some can't be had any more, the event `gap` says so before the next one.
   *
   * @throws TypeError for a malformed name or option
   * @throws Error if the channel has a subscription already and `options` asks for something
   */
  subscribe(channel: string, onMessage: (message: Message) => void, options?: SubscribeOptions): Subscription;

  /**
   * Calls the listener on every such event and returns a function that removes it. No listener is called before the code
   * that made the connection has returned.
   */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void;

  /** Closes for good. Waiting messages are dropped and requests reject with DisconnectedError. The second call does nothing. */
  close(): void;
}

export interface Events {
  /** Open, for the first time or again; subscriptions and the queue are on their way. */
  open: {};
  /** A message that is neither a delivery to a subscription nor the reply to a pending request. */
  message: Message;
  /**
   * The connection was lost or could not be made. `reconnectIn` says after how many milliseconds the client makes the next
   * attempt, unless the page gives a reason to try before; null if the connection is closed for good.
   */
  close: { code: number; reason: string; reconnectIn: number | null };
  /**
   * Messages of a channel are lost to this client: the server dropped them as the client was too slow, or it no longer
   * remembered all of them when the client came back. `missed` is then undefined, and may have been none. The next
   * message of the channel comes after the gap. There are several channels if the server does not say which.
   */
  gap: { missed: number | undefined; channels: string[] };
  /**
   * An error that no call reports; without a listener it goes to the console. A malformed message came in (ProtocolError).
   * The server has refused a subscription or no longer allows it, and the subscription is over (RefusedError), or it has
   * refused an `unsubscribe` (RefusedError). The function `token` has thrown.
   *
   * An exception of a callback (`onMessage`, `presence`, a listener), at once or of a promise that it returns, comes here
   * too; without a listener it is an uncaught error, which ends Node, as is an exception of a listener of this event.
   */
  error: Error;
}

export interface Subscription {
  readonly channel: string;
  /**
   * Resolves once the server has the subscription; meanwhile the client goes on asking if the refusal may pass, no answer
   * comes, or the server can't check the token. Rejects with RefusedError if the server refuses the subscription, which
   * ends it, with DisconnectedError if the connection is closed for good, and with an AbortError if it was unsubscribed
   * before. Need not be handled.
   */
  readonly ready: Promise<void>;
  /**
   * Ends the subscription: `onMessage` is not called again. The client tells the server until the server has taken it, and
   * drops deliveries that come meanwhile. Resolves then, or when the connection is lost, the channel is subscribed to
   * again, or the server refuses for good, which the event `error` reports. Never rejects.
   */
  unsubscribe(): Promise<void>;
}

/**
 * Publishes over HTTP, without a connection: `POST /publish`. The server recognises a retry with the same `message-id` by
 * the user, or without one by the header `presence-session`, a secret name of 1 to 64 letters, digits, `_` and `-`.
 *
 * @param url of the server, `http:` or `https:`; `ws:` and `wss:` will do
 * @param options the time-out is 10 s without a signal
 * @returns how many channels took it
 * @throws RefusedError if the server refuses it
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
  /** One line for people, as the server sent it; may be empty. */
  readonly error: string;
  /** Seconds, if the server gave them. */
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
