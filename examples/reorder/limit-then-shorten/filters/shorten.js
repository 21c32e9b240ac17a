/** @param {lhttp.Context} ctx */
export function before(ctx) {
  const { longest } = ctx.options;
  if (ctx.body.length > longest) ctx.rewrite({ body: `${ctx.body.slice(0, longest - 1)}…` });
}
