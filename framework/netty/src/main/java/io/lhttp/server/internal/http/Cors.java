package io.lhttp.server.internal.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Headers that let a page of another origin read an answer (the Fetch standard's CORS protocol).
 * Cookies and the browser's own passwords are not asked for: a page shows who speaks in its
 * message, or in the header {@code Authorization}.
 */
final class Cors {
  private static final String SECONDS = "600";

  private Cors() {}

  /**
   * @param origin as it was sent, of a page that may read the answer
   */
  static void share(HttpHandler.Answer answer, @Nullable String origin) {
    answer.with(HttpHeaderNames.VARY, "Origin");
    if (origin != null) {
      answer.with(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
      answer.with(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After");
    }
  }

  /** Headers that a browser may send, for which it asks first. */
  static FullHttpResponse preflight() {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
    response
        .headers()
        .set(HttpHeaderNames.ALLOW, "OPTIONS, POST")
        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST")
        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type")
        .set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, SECONDS);
    return response;
  }
}
