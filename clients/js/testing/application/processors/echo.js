/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  ctx.reply({ body: ctx.bytes });
}
