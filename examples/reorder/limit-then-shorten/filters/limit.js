/** @param {lhttp.Context} ctx */
export function before(ctx) {
  const { longest } = ctx.options;
  if (ctx.body.length > longest) ctx.refuse(413, `${longest} characters are enough`);
}
