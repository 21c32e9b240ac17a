package io.lhttp.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP on the server's port, one request at a time. {@link #route} lists what there is. A
 * connection has an absolute deadline for its first request and between requests, which dripping
 * bytes do not move.
 */
final class HttpHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(HttpHandler.class);
  private static final int PIPELINED = 16;

  private final ServerContext server;
  private final Upgrade upgrade;
  private final PublishEndpoint publish;
  private final StaticFiles files;

  /** Requests that came before the one before them was answered. */
  private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();

  private boolean busy;
  private @Nullable ScheduledFuture<?> deadline;

  HttpHandler(ServerContext server, Upgrade upgrade, PublishEndpoint publish, StaticFiles files) {
    this.server = server;
    this.upgrade = upgrade;
    this.publish = publish;
    this.files = files;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    armDeadline(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    cancelDeadline();
    waiting.forEach(FullHttpRequest::release);
    waiting.clear();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    if (!(received instanceof FullHttpRequest request)) {
      ReferenceCountUtil.release(received);
    } else if (!busy) {
      begin(context, request);
    } else if (waiting.size() < PIPELINED) {
      waiting.add(request);
    } else {
      request.release();
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.debug("http connection failed", cause);
    }
    context.close();
  }

  private void begin(ChannelHandlerContext context, FullHttpRequest request) {
    busy = true;
    cancelDeadline();
    var answer = new Answer(context, HttpUtil.isKeepAlive(request));
    try {
      route(context, request, answer);
    } finally {
      request.release();
    }
  }

  /** Everything that the port answers. */
  private void route(ChannelHandlerContext context, FullHttpRequest request, Answer answer) {
    var path = path(request.uri());
    if (request.decoderResult().isFailure()) {
      answer.refuse(400, "malformed HTTP");
    } else if (HttpReplies.wantsWebSocket(request.headers())) {
      upgrade.handle(context, request, answer);
    } else if (path.equals("/publish")) {
      if (request.method().equals(HttpMethod.POST)) {
        publish.handle(context, request, answer);
      } else {
        answer.allowOnly("POST");
      }
    } else if (!isRead(request.method())) {
      answer.allowOnly("GET, HEAD");
    } else if (path.equals("/livez")) {
      answer.text(HttpResponseStatus.OK, "alive");
    } else if (path.equals("/readyz")) {
      if (server.draining().get()) {
        answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "draining");
      } else if (!server.hub().connected()) {
        answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "broker away");
      } else {
        answer.text(HttpResponseStatus.OK, "ready");
      }
    } else {
      files.handle(context, request, answer);
    }
  }

  private void next(ChannelHandlerContext context) {
    busy = false;
    var request = waiting.poll();
    if (request != null) {
      begin(context, request);
    } else {
      armDeadline(context);
    }
  }

  private void armDeadline(ChannelHandlerContext context) {
    deadline =
        context
            .executor()
            .schedule(
                () -> context.close(),
                server.limits().handshakeTime().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  private static boolean isRead(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  private static String path(String uri) {
    var query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /** Answers one request, once, and then lets the next one in. Event loop only. */
  final class Answer {
    private final ChannelHandlerContext context;
    private final boolean keepAlive;

    Answer(ChannelHandlerContext context, boolean keepAlive) {
      this.context = context;
      this.keepAlive = keepAlive;
    }

    boolean keepAlive() {
      return keepAlive;
    }

    void text(HttpResponseStatus status, String text) {
      send(HttpReplies.text(status, text));
    }

    void refuse(int status, String reason) {
      send(HttpReplies.refusal(status, reason));
    }

    void allowOnly(String methods) {
      var response = HttpReplies.refusal(405, "method not allowed");
      response.headers().set(HttpHeaderNames.ALLOW, methods);
      send(response);
    }

    void send(FullHttpResponse response) {
      HttpReplies.write(context, response, keepAlive);
      done();
    }

    /** For an answer that was written by other means. */
    void done() {
      if (keepAlive) {
        next(context);
      }
    }
  }
}
