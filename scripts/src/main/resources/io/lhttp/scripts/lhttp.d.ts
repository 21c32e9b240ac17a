// What scripts in filters/ and processors/ find, for editors and for type checks.
//
// In a script:        /** @param {lhttp.Context} ctx */
//                     export function before(ctx) { … }
//
// filters/NAME.js     exports any of before, after, onOpen, onClose, and onReview if it likes; lhttp.yaml's chain lists NAME
// processors/NAME.js  exports onMessage and, if it likes, onOpen and onClose; NAME is the command
//
// A script is an ES module. It imports other files of its folder by relative paths; there is no Node, no DOM, no
// file system. What a module keeps in its variables is kept once per thread and forgotten with the next reload: what
// has to last, or to be seen by every connection, belongs into ctx.shared, what belongs to one connection into
// ctx.connection.attributes.

declare namespace lhttp {
  // ---------------------------------------------------------------------------------------------- what you export

  /** Before what stands behind the filter. A message that was refused here goes no further. */
  type Before = (ctx: Context) => void | Promise<void>;

  /** After it, with what became of the message. A refusal here takes the outcome's place. */
  type After = (ctx: Context, outcome: Outcome) => void | Promise<void>;

  /**
   * An open connection is to be looked at again: this filter has changed, or who speaks. To be used with
   * `connection.asked`, `connection.revoke` and `connection.close`; what is thrown closes the connection.
   */
  type OnReview = (ctx: ConnectionContext) => void | Promise<void>;

  /** A processor's message. */
  type OnMessage = (ctx: Context) => void | Promise<void>;

  /**
   * Of a filter: a connection was opened; nothing of it is handled before this is over, and what is thrown closes it.
   * Of a processor: a connection's first message of this command, right before onMessage, which finds a Context.
   */
  type OnOpen = ((ctx: ConnectionContext) => void | Promise<void>) | ((ctx: Context) => void | Promise<void>);

  /** A connection has ended; of a processor: one that onOpen was called for. */
  type OnClose = (ctx: ConnectionContext) => void | Promise<void>;

  // ------------------------------------------------------------------------------------------------ what you find

  /** What is there with and without a message. */
  interface ConnectionContext {
    readonly connection: Connection;
    readonly shared: Shared;
    readonly log: Log;
    /** As written in lhttp.yaml behind the filter's or processor's name; frozen, and `{}` where nothing is written. */
    readonly options: any;
    /** The number of the chain that this message runs through; each reload counts it up. */
    readonly generation: number;
  }

  /** A message on its way. It is over when the handler is (an async one: when its promise is settled). */
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
    /** Whether it came in a binary frame. Replies go out as the message came in. */
    readonly binary: boolean;
    /** The body, parsed. Where it is no JSON, or nested more than 256 deep, the message is refused with 400. */
    json(): any;
    /** What the header multipart cuts the body into; empty without it. */
    readonly parts: readonly Part[];
    /** What links leave for each other; lives as long as the message. */
    readonly attributes: Attributes;

    /** Replies with this body and the request's own command and headers. */
    send(body: Body): void;
    /**
     * Replies. Without a command it is the request's; without headers, the request's but for authorization; with
     * headers, exactly those. The request's id is on it in any case. None, one or many may be sent.
     */
    reply(reply: MessageInit): void;
    /**
     * Refuses the message: the client is sent status and reason, once the handler is over. The handler runs on:
     * `return` where it should not. The last refusal counts.
     *
     * @param status 400 to 599
     * @param reason one line for people; control characters are escaped, and what is beyond 1 KiB of UTF-8 is left out
     * @param more `retryAfter`: seconds, at most a day (more count as that); of 0 and less nothing is said, and what is
     *   no number throws
     */
    refuse(status: number, reason: string, more?: { retryAfter?: number }): void;
    /**
     * What later filters, the processor, channels and upstreams see instead; what is left out stays as it is. With
     * `headers`, the message has exactly those, as a reply has: `publish`, `subscribe` and `upstream` are headers, too.
     * To change one, say `setHeader` or `removeHeader`. Replies carry the `id` that the message came with in any case.
     */
    rewrite(change: MessageInit): void;
    /** Rewrites one header, in its place or behind all others; a list is so many headers. Nothing removes it. */
    setHeader(name: string, value: HeaderValue | readonly HeaderValue[] | null | undefined): void;
    /** Rewrites the message without the headers of this name, in any case. */
    removeHeader(name: string): void;
    /**
     * Publishes to everybody who is subscribed to the channel: this message as it stands, or another; a text is the
     * body of one with this message's command and no headers.
     */
    publish(channel: string, message?: string | (MessageInit & { command: string })): void;
  }

  /** Text or bytes; anything else is sent as JSON. Bytes in reply to a text message have to be UTF-8. */
  type Body = string | ArrayBuffer | ArrayBufferView | object | number | boolean | null;

  type HeaderValue = string | number | boolean;

  /** Headers as an object, or as pairs where order and duplicates matter. */
  type HeadersInit =
    | { readonly [name: string]: string | number | boolean | readonly string[] | null | undefined }
    | ReadonlyArray<readonly [name: string, value: string | number | boolean]>;

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
    /** Who speaks here, as a filter such as auth has found out. */
    readonly user: string | undefined;
    /** What is known of the user besides: a token's claims. */
    readonly claims: { readonly [name: string]: any };
    /** The path that it connected to, without the query. */
    readonly path: string;
    /** The query without its question mark; "" without one. */
    readonly query: string;
    /** Lives as long as the connection; a reload leaves it alone. */
    readonly attributes: Attributes;
    readonly open: boolean;
    /** Sends a message of its own, in no reply to anything. */
    send(message: MessageInit & { command: string }): void;
    /** What is published to this channel is delivered here from now on. */
    subscribe(channel: string): void;
    unsubscribe(channel: string): void;
    /** The channels that the client itself has asked for; what code has subscribed it to is not among them. */
    readonly asked: readonly string[];
    /** Ends a subscription with a word to the client: 403, unless another status of 400 to 599 is given. */
    revoke(channel: string, status?: number, reason?: string): void;
    /**
     * Closes it, once what was sent has gone out. Codes: 1000, the default, to 1003, 1007 to 1014 and 3000 to 4999; any
     * other throws, as none may stand in a frame.
     */
    close(code?: number, reason?: string): void;
  }

  /** What became of a message. */
  type Outcome =
    | { readonly kind: "done"; /** False where nobody has handled it, yet. */ readonly handled: boolean }
    | { readonly kind: "refused"; readonly status: number; readonly reason: string }
    | { readonly kind: "closed"; readonly code: number };

  /** Plain data: what JSON can say. It is copied on its way in and out. */
  type Data = null | boolean | number | string | readonly Data[] | { readonly [name: string]: Data };

  /** Values by name, of plain data, bounded in bytes. Seen by every script of the chain. */
  interface Attributes {
    /** Undefined where there is none. */
    get(name: string): any;
    /** Null and undefined remove it. */
    set(name: string, value: Data | undefined): this;
    has(name: string): boolean;
    delete(name: string): void;
  }

  /**
   * A store for all connections, threads and scripts of this server; reloads leave it alone, a restart empties it.
   * It is bounded: over its size, set, update and increment throw.
   */
  interface Shared {
    /** Undefined where there is none, or where it has expired. */
    get(key: string): any;
    /** Null and undefined remove it. */
    set(key: string, value: Data | undefined, expiry?: Expiry): void;
    has(key: string): boolean;
    delete(key: string): void;
    /**
     * Sets what `change` makes of the value (undefined where there is none) and returns it; undefined removes it. It is atomic:
     * where another thread was faster, `change` is called again with the newer value, so let it do nothing else.
     */
    update<T extends Data>(key: string, change: (value: T | undefined) => T | undefined): T | undefined;
    /** Adds to a number (0 where there is none) and returns the sum. Atomic. */
    increment(key: string, by?: number, expiry?: Expiry): number;
  }

  interface Expiry {
    /** Seconds from now. */
    ttl?: number;
  }

  /** The server's log, under the script's name. Control characters are escaped, long texts cut. */
  interface Log {
    debug(...what: unknown[]): void;
    info(...what: unknown[]): void;
    warn(...what: unknown[]): void;
    error(...what: unknown[]): void;
  }

  // -------------------------------------------------------------------------------------------- what is global

  interface FetchInit {
    /** GET where nothing is said. */
    method?: string;
    headers?: HeadersInit;
    body?: Body;
    /** Milliseconds for all of it; 30,000 where nothing is said, and at most. */
    timeout?: number;
  }

  interface Response {
    readonly status: number;
    /** 200 to 299. */
    readonly ok: boolean;
    readonly url: string;
    readonly headers: { get(name: string): string | null; has(name: string): boolean };
    text(): Promise<string>;
    json(): Promise<any>;
    bytes(): Promise<Uint8Array>;
    arrayBuffer(): Promise<ArrayBuffer>;
  }
}

/** An HTTP request; redirects are not followed. Rejects where there is no answer in time. */
declare function fetch(url: string | URL, init?: lhttp.FetchInit): Promise<lhttp.Response>;

/** Calls back on the same thread, after so many milliseconds. A reload ends what waits. */
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
  /** Fills a typed array of integers, of up to 65,536 bytes, with what nobody can guess, and returns it. */
  getRandomValues<T extends ArrayBufferView>(array: T): T;
};

/** The global object, as libraries for browsers call it. */
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
   * A test; it fails where it throws. Each begins with a new server: nobody is connected, nothing is shared, and the
   * clock stands at 2026-01-01T00:00:00Z.
   */
  export function test(name: string, run: () => void | Promise<void>): void;

  /** A new connection, which the filters have been told of. */
  export function connect(user?: string | ClientInit): Client;

  /** Throws, with both values, where they are not the same; plain data, arrays and messages are compared by content. */
  export function equal(actual: unknown, expected: unknown, what?: string): void;

  /** Throws where the text does not match. */
  export function match(actual: string | null | undefined, pattern: RegExp, what?: string): void;

  /** Throws where this is not true in JavaScript's sense. */
  export function ok(actual: unknown, what?: string): void;

  /**
   * The application's time: timers, `Date`, what expires in `shared`, rate limits, tokens. It stands still until it is moved;
   * only where a message waits for a timer, `send` moves it on to that timer.
   */
  export const clock: {
    /** Milliseconds since 1970. */
    now(): number;
    /** Moves it on, and returns the new time. What is due on the way happens in its order. */
    advance(milliseconds: number): number;
  };

  /**
   * The network, as the application finds it, whoever asks: `fetch`, `upstream`, `events`, `auth` for an issuer's keys. Nothing is
   * sent, and what has no answer here fails.
   */
  export const http: {
    /**
     * From now on, requests like this one are answered so; the newest answer that fits counts.
     *
     * @param request as "GET http://127.0.0.1:9000/a", in which a `*` stands for anything
     * @param response a text is the body of a 200; with `error`, there is no answer
     */
    answer(request: string, response?: string | ResponseInit): void;
    /** What was asked for until now, answered or not. */
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
    /** Who speaks there; the chain's auth believes it without a token. A token in `headers` counts as ever. */
    user?: string;
    claims?: { readonly [name: string]: any };
    /** With the query; "/" where nothing is said. */
    path?: string;
    /** Of the handshake. */
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
    /** Sends a message through the chain and waits until it is through. */
    send(command: string, body?: lhttp.Body): Sent;
    send(message: lhttp.MessageInit & { command: string }): Sent;
    /** All that has come here, replies and what was published to its channels, in order. */
    readonly received: readonly Message[];
    /** What it is subscribed to. */
    readonly channels: readonly string[];
    /** The code that the server closed it with; null while it is open. */
    readonly closed: number | null;
    /** Leaves: the filters and processors are told. */
    close(): void;
  }

  /** What became of a message. */
  export interface Sent {
    /** What was sent back, refusals included. */
    readonly replies: readonly Message[];
    /** The body of the only reply; throws where there is none, or more than one, or where it was refused. */
    readonly reply: string;
    /** Status and reason, or null where it was not refused. */
    readonly refused: { readonly status: number; readonly reason: string } | null;
    readonly published: ReadonlyArray<{ readonly channel: string; readonly message: Message }>;
    /** The message as filters and the processor have left it. */
    readonly message: Message;
  }
}
