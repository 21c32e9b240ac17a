package io.lhttp.server.internal.http;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import io.lhttp.message.Utf8;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.ExchangeRunner;
import io.lhttp.server.internal.connection.ServerContext;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Map;
import java.util.Objects;

/**
 * Handles {@code POST /publish}: runs one message through the chain, on the event loop if no link
 * may block. One for each server.
 */
public final class PublishEndpoint {
  private static final String BINARY = "application/octet-stream";

  private final ServerContext server;
  private final Admission admission;
  private final Map<EventLoop, EventLoopContext> loops;

  public PublishEndpoint(
      ServerContext server, Admission admission, Map<EventLoop, EventLoopContext> loops) {
    this.server = server;
    this.admission = admission;
    this.loops = loops;
  }

  /**
   * Answers a request.
   *
   * @param allowed what {@link #applyCors} has returned for it
   */
  void handle(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client,
      HttpAnswer answer,
      boolean allowed) {
    if (!allowed) {
      answer.refuse(403, "this origin may not publish");
    } else if (request.method().equals(HttpMethod.POST)) {
      publish(context, request, client, answer);
    } else if (request.method().equals(HttpMethod.OPTIONS)) {
      answer.send(Cors.preflight());
    } else {
      answer.allowOnly("POST");
    }
  }

  /**
   * Adds the headers that let a page of an allowed origin read the response, whatever the answer
   * is.
   *
   * @return whether the request's origin may publish
   */
  boolean applyCors(
      ChannelHandlerContext context, FullHttpRequest request, Client client, HttpAnswer answer) {
    var headers = request.headers();
    var allowed = admission.allowsOrigin(context.channel(), client, headers);
    Cors.share(answer, allowed ? headers.get(HttpHeaderNames.ORIGIN) : null);
    return allowed;
  }

  private void publish(
      ChannelHandlerContext context, FullHttpRequest request, Client client, HttpAnswer answer) {
    Message message;
    try {
      message = read(request);
    } catch (ProtocolException e) {
      server.counters().malformed.increment();
      answer.refuse(e.status(), e.getMessage());
      return;
    }
    if (!message.headers().has("publish")) {
      answer.refuse(400, "a message to publish has the header publish");
      return;
    }
    var loop = Objects.requireNonNull(loops.get(context.channel().eventLoop()));
    var connection =
        new HttpConnection(
            server.ids().next(),
            Upgrade.handshake(request, client),
            loop,
            Peer.of(context.channel()).trusted(),
            server.revocations());
    var exchange = new PublishExchange(server, connection, answer);
    // All requests share one stripe, so that a drain can wait for them.
    new ExchangeRunner(server, loop, server.stripeOfOthers(), connection, exchange).run(message);
  }

  private Message read(FullHttpRequest request) {
    var bytes = ByteBufUtil.getBytes(request.content());
    var type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    var format = type.startsWith(BINARY) ? Message.Format.BINARY : Message.Format.TEXT;
    if (format == Message.Format.TEXT && !Utf8.valid(bytes, 0, bytes.length)) {
      throw new ProtocolException(400, 0, "the message is not UTF-8");
    }
    return server.reader().read(bytes, format);
  }
}
