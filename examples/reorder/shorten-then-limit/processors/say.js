/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  ctx.send(`you said ${ctx.body}`);
}
