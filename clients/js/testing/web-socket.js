// Gives Node 20 the WebSocket of the package ws.
import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket;
