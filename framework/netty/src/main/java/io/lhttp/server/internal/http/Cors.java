package io.lhttp.server.internal.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * The CORS headers that let a page of another origin read a response. Cookies are never allowed: a
 * page authenticates in its message, or in the header {@code Authorization}.
 */
final class Cors {
  private static final String SECONDS = "600";

  private Cors() {}

  /**
   * Lets a page of this origin read the response.
   *
   * @param origin the page's origin, as the client sent it; null if no page may read the response
   */
  static void share(HttpAnswer answer, @Nullable String origin) {
    answer.with(HttpHeaderNames.VARY, "Origin");
    if (origin != null) {
      answer.with(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
      answer.with(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After");
    }
  }

  /** Answers a preflight request: lists the methods and headers that a page may send. */
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
