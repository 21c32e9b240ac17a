// Calls the HTTP service for both processors. Meanwhile only the asking connection waits.

/**
 * @param {lhttp.Context} ctx
 * @param {lhttp.FetchInit} request
 * @returns {Promise<any>} the service's answer; undefined if there is none, and the message was refused
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
