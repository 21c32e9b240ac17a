// Every message passes through this filter; a refused message goes no further.

const isShouted = (text: string): boolean =>
  text.length > 3 && text === text.toUpperCase() && text !== text.toLowerCase();

export function before(ctx: lhttp.Context): void {
  if (isShouted(ctx.body)) {
    ctx.refuse(422, "no shouting");
  }
}
