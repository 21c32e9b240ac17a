// Which server this is, and where the others are.

/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  ctx.reply({ headers: { server: ctx.options.name }, body: { servers: ctx.options.servers } });
}
