import { connect } from "/lhttp.js";

const $ = (id) => document.getElementById(id);
const plain = (text, length) => [...text.replace(/[\s\p{Cc}\p{Cs}]+/gu, " ").trim()].slice(0, length).join("");
const fragment = new URLSearchParams(`room=${location.hash.slice(1).replace(/[+&]/g, encodeURIComponent)}`);
const room = plain(fragment.get("room"), 60).replaceAll(" ", "-") || "lobby";
const me = () => plain($("name").value, 40) || "somebody";
const hue = (name) => [...name].reduce((sum, letter) => (sum * 53 + letter.codePointAt(0) * 11) % 360, 0);

function show(from, text, kind = from === me() ? "own" : "other") {
  const item = $("message").content.firstElementChild.cloneNode(true);
  const fill = (part, content) => (item.querySelector(part).textContent = content);
  item.className = kind;
  item.style.setProperty("--hue", hue(from));
  fill(".face", [...from.toUpperCase()][0]);
  fill(".from", from);
  fill("time", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  fill(".text", text);
  $("messages").append(item);
  if ($("messages").children.length > 500) $("messages").firstElementChild.remove();
}

const state = (name, text) => Object.assign($("state"), { className: name, textContent: text });
const connection = connect("/");
connection.on("open", () => state("open", "connected"));
connection.on("close", ({ reconnectIn }) => state("lost", reconnectIn === null ? "closed" : "reconnecting…"));
connection.on("gap", ({ missed = "some" }) => show("", `${missed} messages were lost on the way`, "notice"));
connection.subscribe(room, ({ headers, body }) => show(plain(headers.get("from") ?? "somebody", 40), String(body)));

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (connection.state !== "open") return; // the text stays until there is a connection
  const message = { command: "chat", headers: { from: me() }, body: $("text").value };
  connection.publish(room, message).catch((why) => show("", `Not sent: “${message.body}” (${why.message})`, "notice"));
  $("text").value = "";
});
addEventListener("hashchange", () => location.reload());
document.title = $("room").textContent = room;
$("name").value = new URLSearchParams(location.search).get("name") ?? `guest ${Math.ceil(Math.random() * 999)}`;
