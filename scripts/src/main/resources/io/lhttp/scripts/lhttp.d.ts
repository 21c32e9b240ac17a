// The API of scripts in filters/ and processors/, for editors and for type checks.
//
// In a script:        /** @param {lhttp.Context} ctx */
//                     export function before(ctx) { … }
//
// filters/NAME.js     exports one or more of before, after, onOpen, onJoin, onLeave, onClose, and optionally onReview;
//                     lhttp.yaml's chain lists NAME
// processors/NAME.js  exports onMessage and, optionally, onOpen, onLeave and onClose; NAME is the command
//
// A script is an ES module. It imports other files of its folder by relative paths; there is no Node, no DOM, no
// file system. A module's variables exist once per thread, and the next reload forgets them. Keep state that must
// outlive a reload, or that all connections share, in ctx.shared, and state of one connection in
// ctx.connection.attributes.

declare namespace lhttp {
  // -------------------------------------------------------------------------------------------- exported functions

  /** Runs before the links behind the filter. A refusal stops the message. */
  type Before = (ctx: Context) => void | Promise<void>;

  /** Runs after the links behind the filter, with the message's outcome. A refusal replaces the outcome. */
  type After = (ctx: Context, outcome: Outcome) => void | Promise<void>;

  /**
   * Reviews an open connection after this filter, or the connection's user, has changed. Use it with
   * `connection.asked`, `connection.revoke` and `connection.close`; an exception closes the connection.
   */
  type OnReview = (ctx: ConnectionContext) => void | Promise<void>;

  /** Handles a message of the processor's command. */
  type OnMessage = (ctx: Context) => void | Promise<void>;

  /**
   * In a filter: a connection was opened. Its messages wait until this function has ended, and an exception closes it.
   * In a processor: runs for a connection's first message of this command, right before onMessage, with a Context.
   */
  type OnOpen = ((ctx: ConnectionContext) => void | Promise<void>) | ((ctx: Context) => void | Promise<void>);

  /**
   * In a filter: a reload or a rollback brought the filter to a connection that was open before. The connection's messages
   * wait until this function has ended, and an exception closes it. A filter without onJoin is not told.
   */
  type OnJoin = (ctx: ConnectionContext) => void | Promise<void>;

  /**
   * A reload or a rollback took the filter or processor away from a connection that stays open. Without onLeave, onClose
   * is called instead. Each connection for which onOpen or onJoin was called gets one onLeave or onClose.
   */
  type OnLeave = (ctx: ConnectionContext) => void | Promise<void>;

  /**
   * A connection has ended: one for which onOpen or onJoin was called, if the script exports one of them; in a processor,
   * one that has sent it a message.
   */
  type OnClose = (ctx: ConnectionContext) => void | Promise<void>;

  // ----------------------------------------------------------------------------------------------------------- ctx

  /** The parts of ctx that need no message. */
  interface ConnectionContext {
    readonly connection: Connection;
    readonly shared: Shared;
    /** Acts on connections, users and channels of all servers. */
    readonly server: Server;
    readonly log: Log;
    /** The options behind the filter's or processor's name in lhttp.yaml; frozen, and `{}` without options. */
    readonly options: any;
    /** The number of the generation that runs this message; each reload increases it. */
    readonly generation: number;
  }

  /** A message on its way through the chain. Unusable after the handler has ended (an async one: when its promise is settled). */
  interface Context extends ConnectionContext {
    readonly command: string;
    /** The first header of this name, in any case. */
    header(name: string): string | undefined;
    /** All headers as pairs of name and value, in order, duplicates included. */
    readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
    /** The body as text; bytes that are no UTF-8 become U+FFFD. */
    readonly body: string;
    /** A copy of the body's bytes. */
    readonly bytes: Uint8Array;
    /** Whether the message came in a binary frame. Replies have the same frame type. */
    readonly binary: boolean;
    /** The parsed body. If it is no JSON, or has more than 256 levels, the message is refused with 400. */
    json(): any;
    /** The parts of the body that the header multipart names; empty without that header. */
    readonly parts: readonly Part[];
    /** Values that links keep for each other; they live as long as the message. */
    readonly attributes: Attributes;

    /** Replies with this body and the request's own command and headers. */
    send(body: Body): void;
    /**
     * Replies. Without `command` the reply has the request's command. Without `headers` it has the request's headers
     * except authorization; with `headers`, exactly those. It always has the request's id. A handler may send none, one or many.
     */
    reply(reply: MessageInit): void;
    /**
     * Refuses the message: the client gets status and reason when the handler has ended. The handler continues:
     * write `return` to end it. The last refusal counts.
     *
     * @param status 400 to 599
     * @param reason one line for people; control characters are escaped, and the text is cut after 1 KiB of UTF-8
     * @param more `retryAfter`: seconds, at most a day (more count as a day); 0 or less sends no pause, and a value that
     *   is no number throws
     */
    refuse(status: number, reason: string, more?: { retryAfter?: number }): void;
    /**
     * Rewrites the message for later filters, the processor, channels and upstreams; omitted parts stay. With
     * `headers`, the message has exactly those, as a reply has: `publish`, `subscribe` and `upstream` are headers, too.
     * To change one header, call `setHeader` or `removeHeader`. Replies always have the received message's `id`.
     */
    rewrite(change: MessageInit): void;
    /** Sets one header, in its place or behind all others. A list sets several headers of the name; null, undefined or an empty list removes them. */
    setHeader(name: string, value: HeaderValue | readonly HeaderValue[] | null | undefined): void;
    /** Rewrites the message without the headers of this name, in any case. */
    removeHeader(name: string): void;
    /**
     * Publishes to all subscribers of the channel: this message in its current form, or another one. A text becomes the
     * body of a message with this message's command and no headers.
     */
    publish(channel: string, message?: string | (MessageInit & { command: string })): void;
  }

  /** Text or bytes; any other value is sent as JSON. Bytes in reply to a text message must be UTF-8. */
  type Body = string | ArrayBuffer | ArrayBufferView | object | number | boolean | null;

  type HeaderValue = string | number | boolean;

  /**
   * Headers as an object, or as pairs if order and duplicates matter: in a list, a Map or another iterable. A list as
   * the value repeats the header, null and undefined leave it out.
   */
  type HeadersInit =
    | { readonly [name: string]: string | number | boolean | readonly string[] | null | undefined }
    | Iterable<readonly [name: string, value: string | number | boolean | readonly string[] | null | undefined]>;

  interface MessageInit {
    command?: string;
    headers?: HeadersInit;
    body?: Body;
  }

  interface Part {
    header(name: string): string | undefined;
    readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
    readonly body: string;
    readonly bytes: Uint8Array;
  }

  interface Connection {
    readonly id: string;
    /** The user's name, as a filter such as auth has set it. */
    readonly user: string | undefined;
    /** The user's claims, such as those of a token. */
    readonly claims: { readonly [name: string]: any };
    /** The path of the handshake, without the query. */
    readonly path: string;
    /** The query of the handshake without its question mark; "" without a query. */
    readonly query: string;
    /** Values that live as long as the connection, across reloads. */
    readonly attributes: Attributes;
    readonly open: boolean;
    /** Sends a message that is no reply. */
    send(message: MessageInit & { command: string }): void;
    /** Subscribes the connection to a channel. */
    subscribe(channel: string): void;
    unsubscribe(channel: string): void;
    /** The channels to which the client itself has subscribed, without those to which code has subscribed it. */
    readonly asked: readonly string[];
    /** Ends a subscription and notifies the client, with 403 or another status from 400 to 599. */
    revoke(channel: string, status?: number, reason?: string): void;
    /**
     * Closes the connection after the messages that were sent before. Codes: 1000, the default, to 1003, 1007 to 1014 and
     * 3000 to 4999; any other code throws, because no frame may carry it.
     */
    close(code?: number, reason?: string): void;
  }

  /** The outcome of a message. */
  type Outcome =
    | { readonly kind: "done"; /** False if no link has handled the message. */ readonly handled: boolean }
    | { readonly kind: "refused"; readonly status: number; readonly reason: string }
    | { readonly kind: "closed"; readonly code: number };

  /** Plain data that JSON can express. It is copied when stored and read. */
  type Data = null | boolean | number | string | readonly Data[] | { readonly [name: string]: Data };

  /**
   * Plain data or bytes by name, bounded in bytes. All scripts of the chain see it, and Java by keys of the same name: see
   * docs/scripting.md. Names that begin with `lhttp.` belong to the server.
   */
  interface Attributes {
    /** Undefined if there is no value. */
    get(name: string): any;
    /** Null and undefined remove the value. */
    set(name: string, value: Data | Uint8Array | ArrayBuffer | undefined): this;
    has(name: string): boolean;
    delete(name: string): void;
  }

  /**
   * A store that all connections, threads and scripts of this server share. It survives reloads; a restart empties it.
   * It is bounded: beyond its size, set, update and increment throw.
   */
  interface Shared {
    /** Undefined if there is no value, or it has expired. */
    get(key: string): any;
    /** Null and undefined remove the value. */
    set(key: string, value: Data | undefined, expiry?: Expiry): void;
    has(key: string): boolean;
    delete(key: string): void;
    /**
     * Replaces the value by the result of `change(value)` and returns it; without a value `change` gets undefined, and a result of undefined removes the value.
     * It is atomic: if another thread was faster, `change` is called again with the newer value, so it should have no other effect.
     */
    update<T extends Data>(key: string, change: (value: T | undefined) => T | undefined): T | undefined;
    /** Adds to a number (to 0 if there is none) and returns the sum. Atomic. */
    increment(key: string, by?: number, expiry?: Expiry): number;
  }

  /** The connections on which an operation acts: a user's, one, a login session's (the claim `sid`), or a channel's subscribers. */
  type Target =
    | { readonly user: string }
    | { readonly connection: string }
    | { readonly session: string }
    | { readonly channel: string };

  /** The tokens of a user, the token with this claim `jti` or this SHA-256, or all tokens. */
  type Tokens =
    | { readonly user: string }
    | { readonly jti: string }
    | { readonly sha256: string }
    | { readonly all: true };

  /**
   * The operations on all servers that share the broker. Each promise is settled within 2 seconds. It rejects with an
   * Error that has a `status`: 400 for a malformed argument, 409 for a channel without a history, 429 if this client's
   * messages, 503 if all have too many operations under way. Filters and the permissions of clients do not apply.
   */
  interface Server {
    /** Publishes and returns the position in the channel's history, if it has one. A text becomes the body of a message with the command `message`. */
    publish(channel: string, message: string | (MessageInit & { command: string })): Promise<string | undefined>;
    /** Publishes one message to several channels, and returns a result for each. */
    broadcast(
      channels: Iterable<string>,
      message: string | (MessageInit & { command: string }),
    ): Promise<{ readonly [channel: string]: { readonly position?: string; readonly status?: number; readonly reason?: string } }>;
    /** Subscribes connections, and tells the clients. `since` has a position, or "now", for each channel. */
    subscribe(target: Target, channels: Iterable<string>, history?: { since?: readonly string[]; last?: number }): Promise<Changes>;
    /** Ends subscriptions, and tells the clients. */
    unsubscribe(target: Target, channels: Iterable<string>): Promise<Changes>;
    /** Closes connections; 1000 is the default. */
    disconnect(target: Target, code?: number, reason?: string): Promise<Changes>;
    /** Changes the logins of live connections: all claims, and the end in seconds since 1970. */
    refresh(target: Target, change: { claims?: { readonly [name: string]: any }; expires?: number }): Promise<Changes>;
    /**
     * Revokes tokens: closes their connections with 4401 and refuses later logins, on all servers. `before`, for a user or
     * all, means the tokens issued before, by default until now; `expires` is when the last of the tokens expires, by
     * default never. Both are in seconds since 1970.
     */
    revoke(tokens: Tokens, time?: { before?: number; expires?: number }): Promise<Changes>;
    /** Takes a revocation back. */
    unrevoke(tokens: Tokens): Promise<Changes>;
    /** Refuses a user with any token, for ever or until an instant in seconds since 1970. */
    block(user: string, until?: number): Promise<Changes>;
    unblock(user: string): Promise<Changes>;
    /** Lists the users who are subscribed to a channel now, by name. */
    presence(channel: string, page?: Page): Promise<Reached & { readonly members: readonly { readonly user: string; readonly connections: number }[]; readonly truncated: boolean }>;
    /** Counts the subscribers of a channel. `exact` is false if users of several servers may count several times. */
    presenceStats(channel: string): Promise<Reached & { readonly connections: number; readonly users: number; readonly anonymous: number; readonly exact: boolean }>;
    /** Reads a channel's history: the messages after a position, or the newest ones. */
    history(channel: string, page?: { since?: string; limit?: number }): Promise<{
      readonly head: string;
      /** Whether no message is missing between `since` and the first one. */
      readonly recovered: boolean;
      readonly messages: readonly {
        readonly position: string;
        readonly command: string;
        readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
        readonly body: string;
      }[];
      readonly truncated: boolean;
    }>;
    /** Forgets a channel's history, and returns the position at which it begins anew. */
    resetHistory(channel: string): Promise<string>;
    /** Lists channels with subscribers, by name. The pattern is a name, or the beginning of names followed by `*`, the default. */
    channels(pattern?: string, page?: Page): Promise<Reached & { readonly channels: readonly { readonly name: string; readonly subscribers: number }[]; readonly truncated: boolean }>;
    /** Lists open connections, by id: of a target, or all. */
    connections(target?: Target, page?: Page): Promise<Reached & { readonly connections: readonly ConnectionInfo[]; readonly truncated: boolean }>;
    /** Lists the servers. */
    info(): Promise<Reached & {
      readonly servers: readonly {
        readonly id: string;
        readonly self: boolean;
        readonly version: string;
        /** Milliseconds. */
        readonly uptime: number;
        readonly connections: number;
        readonly channels: number;
        readonly generation: number;
        readonly draining: boolean;
      }[];
    }>;
  }

  interface Page {
    /** Lists what follows this name or id. */
    after?: string;
    /** 1 to 1,000; 100 by default. */
    limit?: number;
  }

  interface Reached {
    readonly reach: {
      readonly servers: readonly { readonly id: string; readonly connections: number }[];
      /** The servers that did not answer in time. */
      readonly silent: readonly string[];
      /** Whether all servers answered, and no other can exist. */
      readonly complete: boolean;
    };
  }

  interface Changes extends Reached {
    /** The connections on which the operation took effect. */
    readonly changed: number;
    readonly refusals: readonly { readonly status: number; readonly reason: string; readonly connections: number }[];
  }

  interface ConnectionInfo {
    readonly server: string;
    readonly id: string;
    /** "" for an anonymous client. */
    readonly user: string;
    readonly session?: string;
    /** When it was opened, in milliseconds since 1970. */
    readonly since: number;
    readonly address: string;
    /** The first channels that it is subscribed to, by name. */
    readonly channels: readonly string[];
    readonly channelCount: number;
    readonly queuedBytes: number;
  }

  interface Expiry {
    /** The time to live in seconds. */
    ttl?: number;
  }

  /** The server's log, under the script's name. Control characters are escaped, long texts cut. */
  interface Log {
    debug(...what: unknown[]): void;
    info(...what: unknown[]): void;
    warn(...what: unknown[]): void;
    error(...what: unknown[]): void;
  }

  // ----------------------------------------------------------------------------------------------------- globals

  interface FetchInit {
    /** GET by default. */
    method?: string;
    headers?: HeadersInit;
    body?: Body;
    /** Milliseconds for the whole request; 30,000 by default and at most. */
    timeout?: number;
  }

  interface Response {
    readonly status: number;
    /** Whether the status is 200 to 299. */
    readonly ok: boolean;
    readonly url: string;
    readonly headers: { get(name: string): string | null; has(name: string): boolean };
    text(): Promise<string>;
    json(): Promise<any>;
    bytes(): Promise<Uint8Array>;
    arrayBuffer(): Promise<ArrayBuffer>;
  }
}

/** Sends an HTTP request; redirects are not followed. Rejects without an answer in time. */
declare function fetch(url: string | URL, init?: lhttp.FetchInit): Promise<lhttp.Response>;

/** Calls back on the same thread after a number of milliseconds. A reload ends pending timers. */
declare function setTimeout<A extends unknown[]>(call: (...args: A) => void, milliseconds?: number, ...args: A): number;
declare function setInterval<A extends unknown[]>(call: (...args: A) => void, milliseconds: number, ...args: A): number;
declare function clearTimeout(timer: number | undefined): void;
declare function clearInterval(timer: number | undefined): void;
declare function queueMicrotask(call: () => void): void;

/** The server's log. */
declare const console: {
  debug(...what: unknown[]): void;
  log(...what: unknown[]): void;
  info(...what: unknown[]): void;
  warn(...what: unknown[]): void;
  error(...what: unknown[]): void;
};

declare const crypto: {
  randomUUID(): string;
  /** Fills a typed array of integers, of up to 65,536 bytes, with cryptographically random bytes, and returns it. */
  getRandomValues<T extends ArrayBufferView>(array: T): T;
};

/** The global object, under the name that libraries for browsers use. */
declare const self: typeof globalThis;

/** A deep copy of plain data, Map, Set, Date and typed arrays; throws for functions. */
declare function structuredClone<T>(value: T): T;

declare function atob(base64: string): string;
declare function btoa(latin1: string): string;

declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array;
}

declare class TextDecoder {
  constructor(encoding?: "utf-8" | "utf8", options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: "utf-8";
  readonly fatal: boolean;
  decode(bytes?: Uint8Array | ArrayBuffer): string;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Record<string, string> | Iterable<[string, string]>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(call: (value: string, name: string) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

// ------------------------------------------------------------------------------------------------- tests/*.test.js

/** For tests, which `lhttp test DIR` runs against the application's real chain, without a socket. */
declare module "lhttp:test" {
  /**
   * Defines a test, which fails if it throws. Each test begins with a new server without connections and shared state,
   * and with the clock at 2026-01-01T00:00:00Z.
   */
  export function test(name: string, run: () => void | Promise<void>): void;

  /** Opens a connection, and runs the filters' onOpen. */
  export function connect(user?: string | ClientInit): Client;

  /** Throws, with both values, if they differ; plain data, arrays and messages are compared by content. */
  export function equal(actual: unknown, expected: unknown, what?: string): void;

  /** Throws if the text does not match. */
  export function match(actual: string | null | undefined, pattern: RegExp, what?: string): void;

  /** Throws if the value is falsy. */
  export function ok(actual: unknown, what?: string): void;

  /**
   * The application's time: timers, `Date`, expiry in `shared`, rate limits, tokens. It stands still until the test advances it.
   * Only if a message waits for a timer, `send` advances it to that timer.
   */
  export const clock: {
    /** Milliseconds since 1970. */
    now(): number;
    /** Advances the time, and returns the new time. Timers that become due run in their order. */
    advance(milliseconds: number): number;
  };

  /**
   * Answers all requests of the application: those of `fetch`, `upstream`, `events`, and of `auth` for an issuer's keys. No request
   * is sent, and a request without an answer here fails.
   */
  export const http: {
    /**
     * Sets the answer to requests like this one from now on; the newest answer that matches counts.
     *
     * @param request as "GET http://127.0.0.1:9000/a", in which a `*` stands for any text
     * @param response a text is the body of a 200; with `error`, the request fails
     */
    answer(request: string, response?: string | ResponseInit): void;
    /** All requests so far, answered or not. */
    readonly requests: readonly Request[];
  };

  export interface ResponseInit {
    status?: number;
    headers?: { readonly [name: string]: string };
    body?: lhttp.Body;
    error?: string;
  }

  export interface Request {
    readonly method: string;
    readonly url: string;
    header(name: string): string | undefined;
    readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
    readonly body: string;
    json(): any;
  }

  export interface ClientInit {
    /** The connection's user; the chain's auth accepts it without a token. A token in `headers` is verified as usual. */
    user?: string;
    claims?: { readonly [name: string]: any };
    /** The path with the query; "/" by default. */
    path?: string;
    /** The headers of the handshake. */
    headers?: { readonly [name: string]: string };
  }

  export interface Message {
    readonly command: string;
    header(name: string): string | undefined;
    readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
    readonly body: string;
    readonly bytes: Uint8Array;
    readonly binary: boolean;
    json(): any;
  }

  export interface Client {
    readonly id: string;
    /** Runs a message through the chain, and returns when it has ended. */
    send(command: string, body?: lhttp.Body): Sent;
    send(message: lhttp.MessageInit & { command: string }): Sent;
    /** All received messages, replies and deliveries, in order. */
    readonly received: readonly Message[];
    /** The channels of its subscriptions. */
    readonly channels: readonly string[];
    /** The server's close code; null while the connection is open. */
    readonly closed: number | null;
    /** Closes the connection, and runs onClose of the filters and processors. */
    close(): void;
  }

  /** The outcome of a message. */
  export interface Sent {
    /** The messages that were sent back, including refusals. */
    readonly replies: readonly Message[];
    /** The body of the only reply; throws if there is none, more than one, or a refusal. */
    readonly reply: string;
    /** Status and reason, or null if the message was not refused. */
    readonly refused: { readonly status: number; readonly reason: string } | null;
    readonly published: ReadonlyArray<{ readonly channel: string; readonly message: Message }>;
    /** The message as filters and the processor have left it. */
    readonly message: Message;
  }
}
