// An echo and channels. The byte that tells a message's kind is the first of its first header's name; the header's
// value names the channels.
import { WebSocketServer } from "ws";

const KIND_AT = 16;
const SUBSCRIBE = 0x73;
const PUBLISH = 0x70;
const SUBSCRIBE_TO = KIND_AT + "subscribe:".length;
const PUBLISH_TO = KIND_AT + "publish:".length;
const NAME = 5;
const TEXT = { binary: false };

const channels = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
server.on("connection", (socket) => {
  const mine = [];
  socket.on("message", (message) => {
    const kind = message[KIND_AT];
    if (kind === PUBLISH) {
      for (const member of channels.get(message.latin1Slice(PUBLISH_TO, PUBLISH_TO + NAME)) ?? []) {
        member.send(message, TEXT);
      }
      return;
    }
    if (kind === SUBSCRIBE) {
      for (const name of message.latin1Slice(SUBSCRIBE_TO, message.indexOf("\r", SUBSCRIBE_TO)).split(" ")) {
        const members = channels.get(name) ?? new Set();
        channels.set(name, members.add(socket));
        mine.push(members);
      }
    }
    socket.send(message, TEXT);
  });
  socket.on("close", () => mine.forEach((members) => members.delete(socket)));
});
