// An echo and one channel. The byte that tells a message's kind is the first of its first header's name.
import { WebSocketServer } from "ws";

const KIND_AT = 16;
const SUBSCRIBE = 0x73;
const PUBLISH = 0x70;
const TEXT = { binary: false };

const members = new Set();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
server.on("connection", (socket) => {
  socket.on("message", (message) => {
    const kind = message[KIND_AT];
    if (kind === PUBLISH) {
      for (const member of members) {
        member.send(message, TEXT);
      }
      return;
    }
    if (kind === SUBSCRIBE) {
      members.add(socket);
    }
    socket.send(message, TEXT);
  });
  socket.on("close", () => members.delete(socket));
});
