// An echo and channels, as Bun's own publish and subscribe. The byte that tells a message's kind is the first of its
// first header's name; the header's value names the channels. All messages but those of `channels-10000` are for one.
const KIND_AT = 16;
const SUBSCRIBE = 0x73;
const PUBLISH = 0x70;
const SUBSCRIBE_TO = KIND_AT + "subscribe:".length;
const PUBLISH_TO = KIND_AT + "publish:".length;
const NAME = 5;
const ONE = "bench";

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
        server.publish(message.startsWith(ONE, PUBLISH_TO) ? ONE : message.substr(PUBLISH_TO, NAME), message);
        return;
      }
      if (kind === SUBSCRIBE) {
        for (const name of message.slice(SUBSCRIBE_TO, message.indexOf("\r", SUBSCRIBE_TO)).split(" ")) {
          socket.subscribe(name);
        }
      }
      socket.send(message);
    },
  },
});
