import { ask } from "../lib/service.js";

const LONGEST = 280;

/** @param {lhttp.Context} ctx */
export async function onMessage(ctx) {
  const text = ctx.body.trim();
  if (text === "") return ctx.refuse(422, "what would you like to say?");
  if (text.length > LONGEST) return ctx.refuse(422, `${LONGEST} characters are enough`);

  const entry = await ask(ctx, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: ctx.connection.user ?? "somebody", text }),
  });
  if (entry === undefined) return;

  ctx.send(`you are number ${entry.number}`);
  ctx.publish("guestbook", { command: "signed", body: entry }); // all open pages show the entry
}
