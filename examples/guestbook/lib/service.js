// The HTTP service behind both processors. Only the connection that asked waits for it.

/**
 * @param {lhttp.Context} ctx
 * @param {lhttp.FetchInit} request
 * @returns {Promise<any>} what it answers; undefined where the message was refused, because it does not
 */
export async function ask(ctx, request) {
  const { service, patience } = ctx.options;
  try {
    const response = await fetch(service, { ...request, timeout: patience });
    if (response.ok) return await response.json();
    ctx.log.warn("the guestbook's service answered", response.status);
  } catch (error) {
    ctx.log.warn(String(error));
  }
  ctx.refuse(503, "the guestbook is closed, come back later", { retryAfter: 10 });
}
