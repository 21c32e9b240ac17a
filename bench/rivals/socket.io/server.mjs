// An echo and rooms, as Socket.IO's own events. The pings come once an hour, so that no measurement contains one.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 3_600_000 });
io.on("connection", (socket) => {
  socket.on("echo", (body) => socket.emit("echo", body));
  socket.on("join", (rooms) => {
    socket.join(rooms);
    socket.emit("joined");
  });
  socket.on("chat", (room, body) => io.to(room).emit("chat", body));
});
http.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
