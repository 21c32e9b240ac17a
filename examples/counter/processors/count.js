// Counts in two places: ctx.shared has values for all connections, attributes has values of one. Both survive a reload.

/** @param {lhttp.Context} ctx */
export function onMessage(ctx) {
  const { shared } = ctx;
  const { attributes } = ctx.connection;

  const mine = (attributes.get("mine") ?? 0) + 1;
  attributes.set("mine", mine);

  const all = shared.increment("all");
  const lately = shared.increment("lately", 1, { ttl: 60 }); // expires after a minute without a count
  const record = shared.update("record", (/** @type {number | undefined} */ best) => Math.max(best ?? 0, mine));

  ctx.send({ mine, all, lately, record });
  ctx.publish("counter", String(all));
}
