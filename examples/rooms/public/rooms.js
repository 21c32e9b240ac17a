import { connect } from "/lhttp.js";

const $ = (id) => document.getElementById(id);
const fragment = new URLSearchParams(location.hash.slice(1)); // #user=jack&room=room:kitchen
const [user, room] = [fragment.get("user"), fragment.get("room") ?? "room:kitchen"];
const go = (to) => (location.hash = new URLSearchParams({ ...(user && { user }), room, ...to }).toString().replaceAll("%3A", ":"));
const element = (name, textContent, className = "") => Object.assign(document.createElement(name), { textContent, className });
const hue = (name) => [...name].reduce((sum, letter) => (sum * 53 + letter.codePointAt(0) * 11) % 360, 0);

/** An item of a list: a name with its face, and what follows the name. */
function item(name, ...rest) {
  const li = element("li", "");
  li.style.setProperty("--hue", hue(name));
  li.dataset.face = [...name.toUpperCase()][0] ?? "?";
  li.append(element("b", name), ...rest);
  return li;
}

function add(li, kind) {
  li.className = kind;
  $("log").append(li);
  if ($("log").children.length > 500) $("log").firstElementChild.remove();
}

const notice = (text) => add(element("li", text), "notice");
const said = (from, text) => add(item(from, element("span", ": ", "colon"), element("span", text, "text")), from === user ? "own" : "other");

/** Requests a token. The client calls this before each attempt to connect, because a token expires. */
async function token() {
  const asking = connect("/");
  try {
    return (await asking.request({ command: "token", body: user })).body;
  } finally {
    asking.close();
  }
}

function present({ count, members, joined, left }) {
  $("count").textContent = count;
  $("here").replaceChildren(...members.map(({ user, since }) => item(user, element("time", `, ${new Date(since).toLocaleTimeString()}`))));
  for (const member of joined) notice(`${member.user} has come`);
  for (const member of left) notice(`${member.user} has gone`);
}

if (user) {
  const state = (name, text) => Object.assign($("state"), { className: name, textContent: text });
  state("", "connecting…");
  const connection = connect("/", { token });
  connection.on("open", () => state("open", `${user}, connected`));
  connection.on("close", ({ code, reconnectIn }) => state("lost", reconnectIn === null ? `not connected (${code})` : "reconnecting…"));
  connection.on("gap", ({ missed = "some" }) => notice(`${missed} messages are lost`));
  connection.on("error", ({ message }) => notice(message));
  connection.subscribe(room, ({ headers, body }) => said(headers.get("from") ?? "somebody", String(body)), { last: 100, presence: present });
  for (const control of $("say").elements) control.disabled = false;
  $("text").focus();
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const body = $("text").value;
    if (connection.state !== "open") return; // the text stays until there is a connection
    $("text").value = "";
    connection.publish(room, { command: "say", headers: { from: user }, body }).catch((error) => {
      notice(`not said: ${body} (${error.message})`);
      $("text").value ||= body;
    });
  });
}
for (const [form, key] of [["login", "user"], ["rooms", "room"]]) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    go({ [key]: event.submitter.value });
  });
}
for (const button of document.querySelectorAll("button[value]")) {
  button.ariaCurrent = [user, room].includes(button.value) || null;
}
addEventListener("hashchange", () => location.reload());
$("room").textContent = room.replace("room:", "");
document.title = `${$("room").textContent} – LHTTP rooms`;
