// Every message passes through this filter; a refused message goes no further.

/** @param {lhttp.Context} ctx */
export function before(ctx) {
  const text = ctx.body;
  if (text.length > 3 && text === text.toUpperCase() && text !== text.toLowerCase()) {
    ctx.refuse(422, "no shouting");
  }
}
