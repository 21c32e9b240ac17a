package io.lhttp.server.internal.http;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.version.Generation;
import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import io.lhttp.message.Utf8;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.limit.Budget;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.Objects;

/**
 * Handles {@code POST /publish}: one message through the chain, on the event loop if no link may
 * block. One for each server.
 */
public final class PublishEndpoint {
  private static final int CLOSE_CODES = 4000;
  private static final String BINARY = "application/octet-stream";

  private final ServerContext server;
  private final Entrance entrance;
  private final Map<EventLoop, EventLoopContext> loops;

  public PublishEndpoint(
      ServerContext server, Entrance entrance, Map<EventLoop, EventLoopContext> loops) {
    this.server = server;
    this.entrance = entrance;
    this.loops = loops;
  }

  void handle(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client,
      HttpHandler.Answer answer) {
    if (!shared(context, request, client, answer)) {
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
   * Adds the headers that let a page of an allowed origin read any response.
   *
   * @return whether the request's origin may publish
   */
  boolean shared(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client,
      HttpHandler.Answer answer) {
    var headers = request.headers();
    var allowed = entrance.admits(context.channel(), client, headers);
    Cors.share(answer, allowed ? headers.get(HttpHeaderNames.ORIGIN) : null);
    return allowed;
  }

  private void publish(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client,
      HttpHandler.Answer answer) {
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
        new HttpConnection(server.ids().next(), Upgrade.handshake(request, client), loop);
    var generation = server.generations().pin(loop.index);
    var pipeline = generation.pipeline();
    if (pipeline.watchesOpen() || pipeline.mayBlock(message)) {
      generation.unpin(loop.index);
      if (server.budget().take(Budget.Part.EXCHANGES, Budget.exchange(message.size()))) {
        runOnVirtualThread(connection, message, answer);
      } else {
        refuse(answer);
      }
    } else {
      var result = generation.pipeline().run(connection, message, server, loop.slot);
      if (result.settled()) {
        finish(generation, connection, loop, result, answer);
      } else {
        result.settle(
            loop::offer, settled -> finish(generation, connection, loop, settled, answer));
      }
    }
  }

  private void refuse(HttpHandler.Answer answer) {
    server.counters().memoryRefusals.increment();
    var response = HttpReplies.refusal(503, Budget.REFUSAL);
    HttpReplies.retryAfter(response, 1);
    answer.send(response);
  }

  private void finish(
      Generation generation,
      HttpConnection connection,
      EventLoopContext loop,
      Result result,
      HttpHandler.Answer answer) {
    try {
      answer.send(answer(result));
    } finally {
      end(generation, connection, loop);
    }
  }

  /** Runs {@code onClose} of the links that have it, which may block. */
  private void end(Generation generation, HttpConnection connection, EventLoopContext loop) {
    if (!generation.pipeline().watchesCloseOf(connection)) {
      generation.unpin(loop.index);
      return;
    }
    server
        .threads()
        .execute(() -> {
          try {
            generation.pipeline().close(connection);
          } finally {
            generation.unpin(loop.index);
          }
        });
  }

  private void runOnVirtualThread(
      HttpConnection connection, Message message, HttpHandler.Answer answer) {
    // All virtual threads share the last stripe.
    var stripe = server.stripeOfOthers();
    var generation = server.generations().pin(stripe);
    answer.aside(
        server.threads(),
        () -> {
          try {
            var response = run(generation, connection, message);
            return () -> answer.send(response);
          } finally {
            generation.unpin(stripe);
            server.budget().add(Budget.Part.EXCHANGES, -Budget.exchange(message.size()));
          }
        });
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

  private FullHttpResponse run(Generation generation, HttpConnection connection, Message message) {
    var pipeline = generation.pipeline();
    try {
      if (!pipeline.open(connection)) {
        return closed(CloseStatus.FAILED);
      }
      if (connection.closed().isPresent()) {
        return closed(connection.closed().get());
      }
      var result = generation.pipeline().run(connection, message, server, null);
      return answer(result.await());
    } finally {
      pipeline.close(connection);
    }
  }

  private static FullHttpResponse answer(Result result) {
    return switch (result.outcome()) {
      case Outcome.Done done ->
          HttpReplies.json(
              HttpResponseStatus.OK, "{\"channels\":%d}".formatted(result.published()));
      case Outcome.Refused refused -> {
        var response = HttpReplies.refusal(refused.status(), refused.reason());
        refused.retryAfterSeconds().ifPresent(s -> HttpReplies.retryAfter(response, s));
        yield response;
      }
      case Outcome.Closed(var code) -> closed(code);
    };
  }

  /** Maps a close code to a status: codes from 4400 on follow HTTP's statuses. */
  private static FullHttpResponse closed(CloseStatus code) {
    var status = code.code() - CLOSE_CODES;
    return status >= 400 && status < 500
        ? HttpReplies.refusal(status, code.reason())
        : HttpReplies.refusal(
            code.code() == CloseStatus.FAILED.code() ? 500 : 403, "the connection was refused");
  }
}
