/** The forms in which headers of a message can be given. Order and duplicates are kept; names compare without case. */
export type HeaderInit =
  | Readonly<Record<string, HeaderValue>>
  | Iterable<readonly [name: string, value: HeaderValue]>;

export type HeaderValue = string | number | boolean;

/** Header lines in their order. Immutable. */
export class HeaderList implements Iterable<readonly [name: string, value: string]> {
  /**
   * Spaces and tabs around a value are dropped.
   *
   * @throws TypeError if a value is no {@link HeaderValue}
   */
  constructor(headers?: HeaderInit);
  /** Names and values, in order. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The value of the first header of this name. */
  get(name: string): string | undefined;
  /** The values of all headers of this name, in order. */
  getAll(name: string): string[];
  has(name: string): boolean;
  /** The words of all headers of this name, split at spaces: the form in which `publish` names its channels. */
  words(name: string): string[];
  /** Returns a copy without the headers of these names. */
  without(...names: string[]): HeaderList;
  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]>;
}

/** A message to send. */
export interface OutgoingMessage {
  /** The command: 1 to 128 bytes of UTF-8 without spaces and control characters. */
  command: string;
  headers?: HeaderInit;
  /** A string is sent in a text frame, bytes in a binary one. Default: empty. */
  body?: string | ArrayBufferView | ArrayBuffer;
  /**
   * Parts instead of a body. The client sets the header `multipart`. If the body of each part is a string, the message is
   * sent in a text frame, otherwise in a binary one. A server takes 64 parts by default.
   */
  parts?: readonly OutgoingPart[];
}

export interface OutgoingPart {
  headers?: HeaderInit;
  /** Default: empty. The bytes of a file are `await file.arrayBuffer()`. */
  body?: string | ArrayBufferView | ArrayBuffer;
}

/** A part of a received message. */
export interface Part {
  readonly headers: HeaderList;
  /** A string if the message came in a text frame, bytes if it came in a binary one: a view, not a copy. */
  readonly body: string | Uint8Array;
}

/** A received message. */
export interface Message {
  readonly command: string;
  readonly headers: HeaderList;
  /** A string if the message came in a text frame, bytes if it came in a binary one. */
  readonly body: string | Uint8Array;
}

/** The limits of a message's command and headers. The defaults are the protocol's: 64 lines of 8,192 bytes. */
export interface Limits {
  headerLines: number;
  headerLineBytes: number;
}

/**
 * Writes a message. The result is a string for a text frame, or, if the body is bytes, the bytes of a binary frame.
 *
 * @throws ProtocolError if a server would refuse the message, for example because of a line break in a header
 */
export function encode(message: OutgoingMessage, limits?: Limits): string | Uint8Array;

/**
 * Reads a message from the string of a text frame or the bytes of a binary frame. A body of bytes is a view, not a
 * copy.
 *
 * @throws ProtocolError 400, 431 or 505
 */
export function decode(data: string | ArrayBufferView | ArrayBuffer, limits?: Limits): Message;

/**
 * Returns the parts of a received message, in order; none if it has no header `multipart`.
 *
 * @throws ProtocolError 400 if the header does not fit the body, or a part is malformed
 */
export function partsOf(message: Pick<Message, "headers" | "body">, limits?: Limits): Part[];

/**
 * Starts to connect, and returns at once. Messages wait, in a bounded queue, until the connection is open. The client opens
 * a lost connection again after a random pause that grows exponentially, and subscribes again. It does not reconnect after
 * the close codes 1000, 1007, 1009 and 4403. After 4401 it reconnects with a new token, after 1001 and 4429 once the
 * server's `retry-after` is over.
 *
 * {@link Options.probeInterval} says when the client notices a connection that has died without a close frame. When a
 * browser is online again (`online`) or the page becomes visible (`visibilitychange`), the client acts at once: it probes
 * an open connection, or ends a pause, but not before the time that the server requested.
 *
 * Messages that were published while there was no connection are delivered only if their channel has a history.
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
   * The name by which servers recognise this client if it has no user. For presence, a client that reconnects with the
   * same session has not left. 1 to 64 letters, digits, `_` and `-`; random by default. A session that is kept in
   * `sessionStorage` outlives a reload of the page.
   */
  session?: string;
  /** Whether the client opens a lost connection again, and repeats a failed attempt. Default: true. */
  reconnect?: boolean;
  /** The longest time to wait for a reply, including the time in the queue. Default: 10,000. */
  requestTimeout?: number;
  /** The longest time that opening a connection may take. Default: 10,000. */
  connectTimeout?: number;
  /**
   * The longest pause before the first reconnect. Each pause is random, and its longest value doubles with each
   * attempt. Default: 500.
   */
  backoffBase?: number;
  /** The longest pause before any reconnect, without the pause that a server requests. Default: 30,000. */
  backoffMax?: number;
  /**
   * The time without received bytes after which the client sends a probe: it unsubscribes from a channel that no
   * application uses, and the server answers. If no bytes come within a third of this time after that, the connection
   * counts as lost (1006). A server answers in order, so the client first waits for the replies to earlier requests, or
   * for their time-outs. Default: 30,000.
   */
  probeInterval?: number;
  /** The most messages that wait for the connection, and the most requests that wait for replies. Default: 1,000. */
  maxQueued?: number;
  /**
   * The most bytes that wait, for the connection or in its socket. Default: 1,048,576, or {@link maxMessageBytes} if that
   * is more.
   */
  maxQueuedBytes?: number;
  /**
   * The longest message that the client sends, in bytes. A server would close the connection after a longer one.
   * Default: 65,536, the server's default. Set both to the size of the largest file that clients may send.
   */
  maxMessageBytes?: number;
  /** The class of sockets. Default: the runtime's own. */
  WebSocket?: new (url: string) => any;
}

export interface RequestOptions {
  /**
   * The longest time to wait for the reply in milliseconds, including the time in the queue. Default: {@link
   * Options.requestTimeout}.
   */
  timeout?: number;
  /** Abandons the request, whose promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The history and presence that a subscription requests in addition to live messages. */
export interface SubscribeOptions {
  /** The header `position` of an earlier delivery. The server sends the messages after it. */
  since?: string;
  /**
   * The number of newest messages that the server sends, 1 to 1,000. With `since`, the server sends them only if it no
   * longer has that position.
   */
  last?: number;
  /** Called with the channel's members, at first and after each change, if the channel has presence. */
  presence?: (present: Present) => void;
}

/** The members of a channel. */
export interface Present {
  /** The number of members. It may exceed the list, and the list is empty if the server sends only the number. */
  readonly count: number;
  /** False while the servers can't exchange all their members. */
  readonly complete: boolean;
  readonly members: readonly Member[];
  /** The members that have joined since the last call. */
  readonly joined: readonly Member[];
  /** The members that have left since the last call. */
  readonly left: readonly Member[];
}

export interface Member {
  /** The user's name; missing if the member has not authenticated. */
  readonly user?: string;
  readonly connection: string;
  /** When the member joined, in milliseconds since 1970. */
  readonly since: number;
}

export interface Connection {
  /** `waiting`: the client pauses before the next attempt. `closed`: the client is closed for good. */
  readonly state: "connecting" | "open" | "waiting" | "closed";

  /**
   * Sends a message without an `id` of the client. Replies, if any, come as the event `message`. To publish, use {@link
   * publish}, which can tell replies from deliveries.
   *
   * @throws ProtocolError if the message is malformed
   * @throws RangeError if the message is longer than {@link Options.maxMessageBytes}
   * @throws QueueFullError if too many messages or bytes wait
   * @throws DisconnectedError if the connection is closed for good
   */
  send(message: OutgoingMessage): void;

  /**
   * Sends a message with an `id` and waits for the first reply with this `id`; further replies come as the event
   * `message`. Rejects with the errors that {@link send} throws, and with
   * - RefusedError if the reply's status is 400 or above
   * - TimeoutError if no reply came in time
   * - DisconnectedError if the connection was lost; the server may have handled the message
   * - the reason of {@link RequestOptions.signal}
   */
  request(message: OutgoingMessage, options?: RequestOptions): Promise<Message>;

  /**
   * Publishes a message to one channel or several, and resolves once the server has handled it and its broker has
   * accepted it. Rejects for the same reasons as {@link request}. A channel with a history stores a message with the
   * header `message-id` once, however often this client publishes it, also over another connection.
   *
   * @param channels names of 1 to 255 bytes of UTF-8 without spaces and control characters
   */
  publish(channels: string | readonly string[], message: OutgoingMessage, options?: RequestOptions): Promise<void>;

  /**
   * Subscribes to a channel: from now on, and across reconnects, the client calls `onMessage` for every message that is
   * published to it. The server sees several subscriptions of a client to one channel as one.
   *
   * If the channel has a history, no message is lost with a connection: messages that were published in between arrive
   * after the reconnect, in order and once. If the server no longer has some of them, the event `gap` comes before the
   * next message.
   *
   * @throws TypeError for a malformed name or option
   * @throws Error if the channel has a subscription already and `options` is not empty
   */
  subscribe(channel: string, onMessage: (message: Message) => void, options?: SubscribeOptions): Subscription;

  /**
   * The channels to which the server's code has subscribed this client, whether or not the application has subscribed,
   * too. After a reconnect the client joins them again by itself, if the server lets it. Deliveries without a
   * subscription of the application come as the event `message`.
   */
  readonly serverSubscriptions: readonly string[];

  /**
   * Adds a listener for an event. Returns a function that removes the listener. No listener is called before the code
   * that created the connection has returned.
   */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void;

  /**
   * Closes the connection for good. Waiting messages are dropped, and requests reject with DisconnectedError. A second
   * call does nothing.
   */
  close(): void;
}

export interface Events {
  /** A connection is open, the first or a later one. The client sends its subscriptions and its queue by itself. */
  open: {};
  /** A message that is neither a delivery to a subscription nor the reply to a pending request. */
  message: Message;
  /**
   * The connection was lost, or an attempt to open one has failed. `reconnectIn` is the pause in milliseconds before
   * the next attempt, which an event of the page may shorten; null if the connection is closed for good.
   */
  close: { code: number; reason: string; reconnectIn: number | null };
  /**
   * This client has lost messages of a channel. Either the server dropped them because the client read too slowly, or
   * the server no longer had all of them after a reconnect; then `missed` is undefined, and may have been 0. The next
   * message of the channel comes after the gap. There are several channels if the server does not say which of them.
   */
  gap: { missed: number | undefined; channels: string[] };
  /** The server's code has subscribed this client to a channel. */
  subscribed: { channel: string };
  /** A subscription that the server's code has made has ended: the server has ended it, or refused it after a reconnect. */
  unsubscribed: { channel: string; status: number; error: string };
  /**
   * An error that no call reports; without a listener it is logged to the console. The error is one of these: a malformed
   * message arrived (ProtocolError); the server has refused a subscription or no longer allows it, so that the
   * subscription has ended (RefusedError); the server has refused an `unsubscribe` (RefusedError); the function `token`
   * has thrown.
   *
   * An exception of a callback (`onMessage`, `presence`, a listener), or of a promise that it returns, causes this event,
   * too. Without a listener it is an uncaught error, which ends Node. So is an exception of a listener of this event.
   */
  error: Error;
}

export interface Subscription {
  readonly channel: string;
  /**
   * Resolves once the server has accepted the subscription. Until then the client repeats the request after a temporary
   * refusal, if no answer comes, or if the server can't check the token. Rejects with RefusedError if the server refuses
   * the subscription, which ends it, with DisconnectedError if the connection is closed for good, and with an AbortError
   * if {@link unsubscribe} was called before. The rejection need not be handled.
   */
  readonly ready: Promise<void>;
  /**
   * Ends the subscription: `onMessage` is not called again. The client repeats `unsubscribe` until the server accepts it,
   * and drops deliveries that arrive in the meantime. Resolves then. Also resolves when the connection is lost, the
   * application subscribes again, or the server refuses for good, which the event `error` reports. Never rejects.
   */
  unsubscribe(): Promise<void>;
}

/**
 * Publishes over HTTP by `POST /publish`, without a permanent connection. The server recognises a repeated `message-id`
 * by the user. Without a user it does so by the header `presence-session`, a secret name of 1 to 64 letters, digits,
 * `_` and `-`.
 *
 * @param url of the server: `http:` or `https:`; `ws:` and `wss:` are accepted, too
 * @param options without a signal, the time-out is 10 s @returns the number of channels to which the message was
 *     published
 * @throws RefusedError if the server refuses the message
 */
export function publishOverHttp(
  url: string | URL,
  channels: string | readonly string[],
  command: string,
  headers?: HeaderInit,
  body?: string | ArrayBufferView | ArrayBuffer,
  options?: { signal?: AbortSignal },
): Promise<{ channels: number }>;

/** Thrown for a malformed message, with the status with which a server answers it: 400, 431 or 505. */
export class ProtocolError extends Error {
  constructor(status: number, reason: string);
  readonly status: number;
}

/** Thrown if the server has refused a message. */
export class RefusedError extends Error {
  constructor(what: string, refusal: { status: number; error: string; retryAfter?: number; reply?: Message });
  /** The status of the refusal, as in HTTP: 403, 429 and so on. */
  readonly status: number;
  /** The server's reason, one line for people; may be empty. */
  readonly error: string;
  /** The pause in seconds that the server requests; undefined if it requests none. */
  readonly retryAfter: number | undefined;
  /** The reply that refused; undefined over HTTP. */
  readonly reply: Message | undefined;
}

/** Thrown if the connection was lost, or is closed for good. */
export class DisconnectedError extends Error {
  constructor(code: number, reason: string);
  /** The close code of the WebSocket. */
  readonly code: number;
  readonly reason: string;
}

/** Thrown if no reply came in time. */
export class TimeoutError extends Error {}

/** Thrown if {@link Options.maxQueued} or {@link Options.maxQueuedBytes} is exceeded. */
export class QueueFullError extends Error {}
