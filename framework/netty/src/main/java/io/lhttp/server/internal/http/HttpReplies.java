package io.lhttp.server.internal.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.internal.text.Json;
import io.lhttp.server.internal.websocket.LingeringClose;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/** Builds short HTTP responses. */
final class HttpReplies {
  private HttpReplies() {}

  static FullHttpResponse text(HttpResponseStatus status, String text) {
    return full(status, "text/plain; charset=utf-8", (text + "\n").getBytes(UTF_8));
  }

  static FullHttpResponse json(HttpResponseStatus status, String json) {
    return full(status, "application/json", json.getBytes(UTF_8));
  }

  /** Builds a refusal: {@code {"status":422,"error":"no shouting"}}. */
  static FullHttpResponse refusal(int status, String reason) {
    return json(
        HttpResponseStatus.valueOf(status),
        Json.object(to -> to.number("status", status).text("error", reason)));
  }

  static FullHttpResponse full(HttpResponseStatus status, String type, byte[] body) {
    var response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set("X-Content-Type-Options", "nosniff");
    return response;
  }

  /** Builds {@code 100 Continue}. */
  static FullHttpResponse continue100() {
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);
  }

  /** Writes a whole response, and closes the connection if it is not kept alive. */
  static void write(ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive) {
    HttpUtil.setKeepAlive(response, keepAlive);
    var written = context.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(LingeringClose.AFTERWARDS);
    }
  }

  static void retryAfter(FullHttpResponse response, long seconds) {
    response.headers().set(HttpHeaderNames.RETRY_AFTER, seconds);
  }

  /**
   * Whether the request asks for an upgrade to WebSocket; HTTP/1.0 has no upgrades (RFC 9110,
   * section 7.8).
   */
  static boolean wantsWebSocket(HttpRequest request) {
    var headers = request.headers();
    return !request.protocolVersion().equals(HttpVersion.HTTP_1_0)
        && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }
}
