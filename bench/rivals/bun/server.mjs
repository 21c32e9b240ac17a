// An echo and one channel, as Bun's own publish and subscribe. The byte that tells a message's kind is the first of its
// first header's name.
const KIND_AT = 16;
const SUBSCRIBE = 0x73;
const PUBLISH = 0x70;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("a WebSocket is expected", { status: 400 });
  },
  websocket: {
    idleTimeout: 0,
    perMessageDeflate: false,
    message(socket, message) {
      const kind = message.charCodeAt(KIND_AT);
      if (kind === PUBLISH) {
        server.publish("bench", message);
        return;
      }
      if (kind === SUBSCRIBE) {
        socket.subscribe("bench");
      }
      socket.send(message);
    },
  },
});
