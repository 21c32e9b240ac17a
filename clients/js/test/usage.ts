// A test compiles this file and does not run it. The compiler must refuse each line after @ts-expect-error, and no other.
import {
  connect,
  decode,
  encode,
  HeaderList,
  partsOf,
  publishOverHttp,
  RefusedError,
  type Connection,
  type Message,
  type Subscription,
} from "lhttp-client";

const connection: Connection = connect(new URL("ws://localhost/"), {
  token: async ({ refused }) => (refused ? "new" : "old"),
  backoffMax: 60_000,
  probeInterval: 15_000,
  WebSocket,
});

const off: () => void = connection.on("close", ({ code, reconnectIn }) => {
  const again: number | null = reconnectIn;
  console.log(code + 1, again);
});
off();

const subscription: Subscription = connection.subscribe("room", (message: Message) => {
  const from: string | undefined = message.headers.get("from");
  const text: string = typeof message.body === "string" ? message.body : new TextDecoder().decode(message.body);
  console.log(from, text);
});
connection.subscribe("log", () => {}, { since: "e-1", last: 50 });
connection.subscribe("hall", () => {}, {
  presence: ({ members, joined }) => console.log(members.map(({ user = "somebody" }) => user).join(), joined.length),
});
connection.on("gap", ({ missed, channels }) => console.log((missed ?? 0) + 1, channels.join()));
subscription.ready.then(() => subscription.unsubscribe());

connection.send({ command: "chat", headers: { from: "Mia", retries: 3, urgent: true }, body: "text" });
connection.send({ command: "chat", headers: [["a", "b"], ["a", "c"]], body: new ArrayBuffer(8) });
connection.send({ command: "chat", headers: new HeaderList({ a: "b" }), body: Uint8Array.of(1) });
connection.send({ command: "upload", parts: [{ headers: { name: "a.png" }, body: Uint8Array.of(1) }, { body: "text" }] });
connection.on("message", (message) => partsOf(message).map(({ headers, body }) => headers.get("name") ?? body.length));
connection.request({ command: "echo" }, { timeout: 5, signal: AbortSignal.timeout(5) }).then((reply) => reply.body);
connection.publish(["a", "b"], { command: "chat" }).catch((error: unknown) => {
  if (error instanceof RefusedError) {
    const seconds: number | undefined = error.retryAfter;
    console.log(error.status + 1, error.error.length, seconds);
  }
});
publishOverHttp("http://localhost/", "a", "chat", { from: "Mia" }, "text").then(({ channels }) => channels + 1);
decode(encode({ command: "chat" })).headers.words("publish").join();

// @ts-expect-error a message has a command
connection.send({ body: "text" });
// @ts-expect-error a body is text or bytes
connection.send({ command: "chat", body: { text: "text" } });
// @ts-expect-error a header's value is a string, a number or a boolean
connection.send({ command: "chat", headers: { from: undefined } });
// @ts-expect-error a number of messages is no position
connection.subscribe("log", () => {}, { since: 50 });
// @ts-expect-error there is no such event
connection.on("messages", () => {});
// @ts-expect-error there is no such option
connect("ws://localhost/", { timeOut: 5 });
// @ts-expect-error the state is the connection's own
connection.state = "open";
// @ts-expect-error headers are immutable
decode("").headers.lines.push(["a", "b"]);
// @ts-expect-error only connect() makes connections
new Connection("ws://localhost/");
