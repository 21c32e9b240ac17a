package io.lhttp.server.internal.http;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.connection.ServerContext;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles HTTP on the server's port, one request of a connection at a time. {@link #route} lists
 * the resources. Confined to the connection's event loop.
 *
 * <p>The next request is read once the response is sent or fits below the socket's high-water mark.
 *
 * <p>The first request, and each pause between requests, has a deadline that a trickle of bytes
 * does not extend.
 */
public final class HttpHandler extends ChannelInboundHandlerAdapter {
  /**
   * The name of the handler that closes a connection whose client takes too long to read; see
   * {@link Limits#writeTime}.
   */
  public static final String WRITES = "writes";

  public static final String CHUNKS = "chunks";

  private static final Logger log = LoggerFactory.getLogger(HttpHandler.class);
  private static final String PUBLISH = "/publish";

  private final ServerContext server;
  private final Admission admission;
  private final Upgrade upgrade;
  private final Optional<PublishEndpoint> publish;
  private final StaticFiles files;
  private final ErrorLog errors;

  /** Whether a request is being answered, or too much of its response is unsent. */
  private boolean busy;

  /** Whether the response is complete, and only the socket delays the next request. */
  private boolean unsent;

  /**
   * Whether {@link #channelRead} runs. Netty's decoder then continues with the next request by
   * itself.
   */
  private boolean decoding;

  /** Whether the last response was written; later requests are ignored. */
  private boolean over;

  /**
   * The client for whom the acceptance gate counts the current request, because a trusted proxy's
   * connection carries many clients; null if none is counted.
   */
  private @Nullable InetSocketAddress counted;

  private @Nullable ScheduledFuture<?> deadline;

  public HttpHandler(
      ServerContext server,
      Admission admission,
      Upgrade upgrade,
      Optional<PublishEndpoint> publish,
      StaticFiles files,
      ErrorLog errors) {
    this.server = server;
    this.admission = admission;
    this.upgrade = upgrade;
    this.publish = publish;
    this.files = files;
    this.errors = errors;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    armDeadline(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    cancelDeadline();
    if (counted != null) {
      var client = counted;
      counted = null;
      context.channel().closeFuture().addListener(closed -> admission.gate().leave(client));
    }
  }

  /** Whether the decoder has to keep bytes undecoded, see {@link Requests.Decoder}. */
  public boolean busy() {
    return busy && !over;
  }

  /** Answers {@code 100 Continue} when {@link Requests} reports a client that waits for it. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (!(event instanceof Requests.Expecting)) {
      context.fireUserEventTriggered(event);
    } else if (!over) {
      context.writeAndFlush(HttpReplies.continue100());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    if (over || busy || !(received instanceof FullHttpRequest request)) {
      ReferenceCountUtil.release(received);
    } else {
      decoding = true;
      try {
        begin(context, request);
      } finally {
        decoding = false;
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (unsent && context.channel().isWritable()) {
      next(context);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause.getCause() instanceof Requests.SpentException) {
      server.counters().memoryCloses.increment();
    } else if (!(cause instanceof IOException)) {
      log.debug("http connection failed", cause);
    }
    context.close();
  }

  private void begin(ChannelHandlerContext context, FullHttpRequest request) {
    busy = true;
    cancelDeadline();
    var sound = request.decoderResult().isSuccess();
    over = !sound || !HttpUtil.isKeepAlive(request);
    var answer = new HttpAnswer(this, context, !over, request.method().equals(HttpMethod.HEAD));
    try {
      var path = path(request.uri());
      var client = admission.client(context.channel(), request.headers());
      var mayPublish = path.equals(PUBLISH) && sharePublication(context, request, client, answer);
      if (admission.contradicts(context.channel(), request.headers())) {
        answer.refuse(400, "Forwarded and X-Forwarded-For differ");
      } else if (enters(context, client)) {
        route(context, path, request, client, answer, mayPublish);
      } else {
        var response = HttpReplies.refusal(429, "too many connections from this address");
        HttpReplies.retryAfter(response, 1);
        answer.send(response);
      }
    } catch (Throwable e) {
      answer.fail(e);
    } finally {
      request.release();
    }
    if (busy && !over && !context.isRemoved()) {
      context.channel().config().setAutoRead(false);
    }
  }

  /**
   * Lets a page of an allowed origin read the answer to its publication, even one that is refused
   * early: without an answer, a page would publish again.
   *
   * @return whether the request may publish
   */
  private boolean sharePublication(
      ChannelHandlerContext context, FullHttpRequest request, Client client, HttpAnswer answer) {
    return publish.isPresent()
        && !HttpReplies.wantsWebSocket(request)
        && publish.get().applyCors(context, request, client, answer);
  }

  /**
   * Counts the client of a request from a trusted proxy; returns false if the client has too many.
   * Other sockets were counted when they were accepted.
   */
  private boolean enters(ChannelHandlerContext context, Client client) {
    if (!Peer.of(context.channel()).trusted()) {
      return true;
    }
    var admitted = admission.gate().enter(client.address());
    counted = admitted ? client.address() : null;
    return admitted;
  }

  private void leave() {
    if (counted != null) {
      admission.gate().leave(counted);
      counted = null;
    }
  }

  /**
   * Chooses the resource by the path, and lets it answer.
   *
   * @param mayPublish whether a request to publish has an allowed origin, or none
   */
  private void route(
      ChannelHandlerContext context,
      String path,
      FullHttpRequest request,
      Client client,
      HttpAnswer answer,
      boolean mayPublish) {
    var probe = path.equals("/livez") || path.equals("/readyz");
    if (request.decoderResult().isFailure()) {
      refuse(request.decoderResult().cause(), answer);
    } else if (!admission.allowsHost(context.channel(), client, probe)) {
      answer.refuse(421, "this server has no such name");
    } else if (HttpReplies.wantsWebSocket(request)) {
      upgrade.handle(context, request, client, answer);
    } else if (path.equals(PUBLISH) && publish.isPresent()) {
      publish.get().handle(context, request, client, answer, mayPublish);
    } else if (path.equals(PUBLISH)) {
      answer.text(HttpResponseStatus.NOT_FOUND, "not found");
    } else if (!isRead(request.method())) {
      answer.allowOnly("GET, HEAD");
    } else if (path.equals("/livez")) {
      answer.text(HttpResponseStatus.OK, "alive");
    } else if (path.equals("/readyz")) {
      var reason = server.unready();
      answer.text(
          reason.isPresent() ? HttpResponseStatus.SERVICE_UNAVAILABLE : HttpResponseStatus.OK,
          reason.orElse("ready"));
    } else {
      files.handle(context, request, answer);
    }
  }

  /** Logs an error of the server itself. Errors of the same cause share one line a minute. */
  void report(Throwable thrown) {
    errors.add(thrown);
  }

  private void refuse(Throwable cause, HttpAnswer answer) {
    switch (cause) {
      case RefusedRequestException refused -> answer.refuse(refused.status(), refused.reason());
      case Requests.SpentException spent -> answer.refuseForMemory(server.counters());
      case TooLongHttpContentException body -> answer.refuse(413, "the body is too long");
      case TooLongHttpLineException line -> answer.refuse(414, "the request line is too long");
      case TooLongHttpHeaderException headers -> answer.refuse(431, "the headers are too long");
      default -> answer.refuse(400, "malformed HTTP");
    }
  }

  /**
   * Reads the next request as soon as there is room for its response. The socket is read again only
   * once all kept bytes are handled, because io_uring would read ahead.
   */
  void next(ChannelHandlerContext context) {
    unsent = !context.channel().isWritable();
    if (unsent) {
      return;
    }
    busy = false;
    leave();
    armDeadline(context);
    if (decoding) {
      return;
    }
    var decoder = context.pipeline().get(Requests.Decoder.class);
    if (decoder != null) {
      decoder.resume(context.pipeline().context(decoder));
    }
    if (!busy) {
      context.channel().config().setAutoRead(true);
    }
  }

  private void armDeadline(ChannelHandlerContext context) {
    cancelDeadline();
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

  static String path(String uri) {
    var query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }
}
