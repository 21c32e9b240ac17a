// One channel, for `bun --hot`: a saved rule.mjs makes Bun load this file again. Bun keeps the server and its
// connections, and replaces the handlers.
import { RULE } from "./rule.mjs";

const KIND_AT = 16;
const SUBSCRIBE = 0x73;
const PUBLISH = 0x70;

const options = {
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response(`rule ${RULE}`);
  },
  websocket: {
    idleTimeout: 0,
    perMessageDeflate: false,
    message(socket, message) {
      const kind = message.charCodeAt(KIND_AT);
      if (kind === PUBLISH) {
        globalThis.server.publish("bench", message);
        return;
      }
      if (kind === SUBSCRIBE) {
        socket.subscribe("bench");
      }
      socket.send(message);
    },
  },
};
if (globalThis.server) {
  globalThis.server.reload(options);
} else {
  globalThis.server = Bun.serve(options);
}
