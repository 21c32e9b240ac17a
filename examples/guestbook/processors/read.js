import { ask } from "../lib/service.js";

/** @param {lhttp.Context} ctx */
export async function onMessage(ctx) {
  const entries = await ask(ctx, { method: "GET" });
  if (entries !== undefined) ctx.reply({ headers: { count: entries.length }, body: entries });
}
