// Moderates publications: replaces unkind words by stars, and refuses a text that repeats the connection's previous one.

/** @param {lhttp.Context} ctx */
export function before(ctx) {
  const channel = ctx.header("publish");
  if (channel === undefined) return;
  if (ctx.binary) return ctx.refuse(415, "only text is moderated");

  const { longest, words } = ctx.options;
  const text = ctx.body;
  if (text.length > longest) return ctx.refuse(413, `${longest} characters are enough`);

  const { attributes } = ctx.connection;
  const said = `${channel}: ${text}`;
  if (attributes.get("said") === said) return ctx.refuse(429, "you have just said that");
  attributes.set("said", said);

  const kind = text.replace(/\p{L}+/gu, (word) => (words.includes(word.toLowerCase()) ? "*".repeat(word.length) : word));
  if (kind !== text) ctx.rewrite({ body: kind });
}
