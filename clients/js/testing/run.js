// Runs all tests: `npm test`. LHTTP_URL may name a running server; without it, this script starts the checkout's server
// with the application beside it. In Node 20 the package ws is the WebSocket.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Starts a server on a free port. Resolves with its process and its address. */
function startServer() {
  const server = spawn(path("../../../lhttp"), ["dev", path("application"), "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (chunk) => {
      said += chunk;
      const address = /listening on (\S+)/.exec(said);
      if (address) resolve({ server, url: address[1] });
    });
    server.on("error", reject);
    server.on("exit", () => reject(new Error(`the server has ended:\n${said}`)));
  });
}

const { server, url } = process.env.LHTTP_URL ? { url: process.env.LHTTP_URL } : await startServer();
const tests = (await readdir(path("../test"))).filter((name) => name.endsWith(".test.js"));
const socket = globalThis.WebSocket ? [] : ["--import", path("web-socket.js")];
const run = spawn(process.execPath, [...socket, "--test", ...tests.map((name) => path(`../test/${name}`))], {
  stdio: "inherit",
  env: { ...process.env, LHTTP_URL: url },
});
run.on("exit", (code) => {
  server?.kill();
  process.exitCode = code ?? 1;
});
