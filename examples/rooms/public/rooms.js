import { connect } from "/lhttp.js";

const $ = (id) => document.getElementById(id);
const fragment = new URLSearchParams(location.hash.slice(1)); // #user=jack&room=room:kitchen
const [user, room] = [fragment.get("user"), fragment.get("room") ?? "room:kitchen"];
const go = (to) => (location.hash = new URLSearchParams({ ...(user && { user }), room, ...to }).toString().replaceAll("%3A", ":"));
const item = (text, className = "") => Object.assign(document.createElement("li"), { textContent: text, className });
function log(text, kind) {
  $("log").append(item(text, kind));
  $("log").scrollTop = $("log").scrollHeight;
}

/** Requests a token. The client calls this function before each connection attempt, because the old token may have expired. */
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
  $("here").replaceChildren(...members.map(({ user, since }) => item(`${user}, ${new Date(since).toLocaleTimeString()}`)));
  for (const member of joined) log(`${member.user} has come`, "notice");
  for (const member of left) log(`${member.user} has gone`, "notice");
}

if (user) {
  const connection = connect("/", { token });
  connection.on("open", () => ($("state").textContent = "connected"));
  connection.on("close", ({ code }) => ($("state").textContent = `not connected (${code})`));
  connection.on("gap", ({ missed = "some" }) => log(`${missed} messages are lost`, "notice"));
  connection.on("error", ({ message }) => log(message, "notice"));
  connection.subscribe(room, ({ headers, body }) => log(`${headers.get("from")}: ${body}`), { last: 100, presence: present });
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const message = { command: "say", headers: { from: user }, body: $("text").value };
    connection.publish(room, message).catch((error) => log(`not said: ${message.body} (${error.message})`, "notice"));
    $("text").value = "";
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
$("user").textContent = user ?? "nobody";
$("room").textContent = room;
