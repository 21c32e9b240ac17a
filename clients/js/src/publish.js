import { absolute, channelList } from "./checks.js";
import { encode, NO_LIMITS } from "./codec.js";
import { RefusedError } from "./errors.js";
import { HeaderList } from "./headers.js";
import { DEFAULTS } from "./options.js";
import { secondsOf } from "./text.js";

/** Publishes over HTTP, without a permanent connection. */
export async function publishOverHttp(url, channels, command, headers, body, { signal } = {}) {
  const names = channelList(channels);
  const message = encode({ command, headers: [...new HeaderList(headers), ["publish", names]], body }, NO_LIMITS);
  const type = typeof message === "string" ? "text/plain; charset=utf-8" : "application/octet-stream";
  const base = absolute(url, "http");
  const response = await fetch(new URL("publish", base), {
    method: "POST",
    headers: { "content-type": type },
    body: message,
    signal: signal ?? AbortSignal.timeout(DEFAULTS.requestTimeout),
  });
  const answer = (await response.json().catch(() => undefined)) ?? {};
  if (!response.ok) {
    const retryAfter = secondsOf(response.headers.get("retry-after"));
    const error = String(answer.error ?? response.statusText);
    throw new RefusedError(`publish to ${names}`, { status: response.status, error, retryAfter });
  }
  return answer;
}
