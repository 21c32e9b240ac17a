// Answers the command "say": the file's name is the command.

/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  const count = ctx.shared.increment("said");
  ctx.send(`you said ${ctx.body}, which makes ${count}`);
}
