// Plain LHTTP over a WebSocket, to show what goes over the wire.
const $ = (id) => document.getElementById(id);
const socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/#.*/, ""), "lhttp");
const send = (command, headers, body = "") =>
  socket.send(`LHTTP/1.0 ${command}\r\n${Object.entries(headers).map(([n, v]) => `${n}:${v}\r\n`).join("")}\r\n${body}`);

function log(text, kind = "") {
  $("log").append(Object.assign(document.createElement("li"), { textContent: text, className: kind }));
}

socket.addEventListener("message", ({ data }) => {
  const end = data.indexOf("\r\n\r\n");
  const [start, ...lines] = data.slice(0, end).split("\r\n");
  const command = start.split(" ")[1];
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  const body = data.slice(end + 4);
  const status = headers.get("status");
  if (command === "token" && body) {
    $("user").textContent = headers.get("user");
    send("enter", { authorization: `Bearer ${body}`, ack: "true" });
  } else if (status) {
    log(status === "200" ? `${command}: done` : `${command}: ${status} ${headers.get("error")}`, status === "200" ? "" : "refused");
  } else {
    log(`${headers.get("publish")} · ${headers.get("from")}: ${body}`);
  }
});
socket.addEventListener("close", ({ code, reason }) => log(`closed: ${code} ${reason}`, "refused"));

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  send("token", {}, event.submitter.value);
});
$("room").addEventListener("submit", (event) => {
  event.preventDefault();
  const channel = $("channel").value;
  if (event.submitter.value === "listen") {
    send("listen", { subscribe: channel, ack: "true" });
  } else {
    send("say", { publish: channel, from: $("user").textContent, ack: "true" }, $("text").value || "hello");
  }
});
