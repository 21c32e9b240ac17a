// Publishes a line per second, shows the lines of all pages, and counts missing ones. The client reconnects by itself
// and fetches missed lines; this page only chooses the next server (NextServer).
import { connect } from "/lhttp.js";

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const me = new URLSearchParams(location.search).get("name") ?? `page ${Math.random().toString(36).slice(2, 6)}`;

let servers = [location.host];
let server = location.host;
let connected = false;
class NextServer extends WebSocket {
  constructor() {
    super(`ws://${server}/`);
    this.addEventListener("close", () => (server = servers[(servers.indexOf(server) + 1) % servers.length]));
  }
}

const state = (name, text) => Object.assign($("state"), { className: name, textContent: text });
const add = (id, count) => ($(id).textContent = Number($(id).textContent) + count);

function show(list, text, most) {
  list.prepend(Object.assign(document.createElement("li"), { textContent: text }));
  if (list.children.length > most) list.lastElementChild.remove();
}
const notice = (text) => show($("notices"), `${new Date().toLocaleTimeString()} ${text}`, 8);

const connection = connect("/", { WebSocket: NextServer, backoffBase: 250, backoffMax: 2000 });
connection.on("close", ({ code }) => {
  state("lost", "moving to another server…");
  if (connected) notice(`the connection is gone (${code})`);
  connected = false;
});
connection.on("gap", () => notice("the servers say that something is missing"));
connection.on("open", async () => {
  connected = true;
  const { headers, body } = await connection.request({ command: "where" });
  servers = JSON.parse(body).servers;
  state("open", `on ${headers.get("server")}`);
  notice(`on ${headers.get("server")}`);
});

const newest = new Map(); // author → number of the newest line
connection.subscribe("lines", ({ headers, body }) => {
  const [author, number] = [headers.get("author"), Number(headers.get("number"))];
  const last = newest.get(author) ?? number - 1;
  add("missing", Math.max(0, number - last - 1));
  add("doubled", number <= last ? 1 : 0);
  add("count", 1);
  newest.set(author, Math.max(number, last));
  show($("lines"), body, 100);
});

for (let number = 1; ; number++) {
  const headers = { author: me, number, "message-id": `${me}-${number}` }; // the server drops a repeated message-id
  const line = { command: "line", headers, body: `${me} says ${number}` };
  while (!(await connection.publish("lines", line).then(() => true, () => false))) {
    await pause(250);
  }
  await pause(1000);
}
