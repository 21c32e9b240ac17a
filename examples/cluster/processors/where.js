// Replies with this server's name and the addresses of all servers.

/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  ctx.reply({ headers: { server: ctx.options.name }, body: { servers: ctx.options.servers } });
}
