// Answers the command "say": the file's name is the command.

export function onMessage(ctx: lhttp.Context): void {
  const count = ctx.shared.increment("said");
  ctx.send(`you said ${ctx.body}, which makes ${count}`);
}
