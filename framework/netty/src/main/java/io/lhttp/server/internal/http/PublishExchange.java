package io.lhttp.server.internal.http;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.version.Generation;
import io.lhttp.message.Message;
import io.lhttp.server.internal.connection.ExchangeRunner;
import io.lhttp.server.internal.connection.ServerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.concurrent.RejectedExecutionException;

/**
 * The exchange of one {@code POST /publish}. It opens and closes the connection that stands for the
 * request, and turns the outcome into a response. The publish endpoint creates it. Confined to the
 * event loop, except for {@link #runOnVirtualThread}.
 */
final class PublishExchange implements ExchangeRunner.Caller {
  private static final int CLOSE_CODES = 4000;

  private final ServerContext server;
  private final HttpConnection connection;
  private final HttpAnswer answer;

  PublishExchange(ServerContext server, HttpConnection connection, HttpAnswer answer) {
    this.server = server;
    this.connection = connection;
    this.answer = answer;
  }

  /** The connection is opened together with its one message. */
  @Override
  public boolean mustBegin(Pipeline pipeline) {
    return pipeline.hooks().watchesOpen();
  }

  @Override
  public Runnable runOnVirtualThread(Pipeline pipeline, Message message) {
    var response = run(pipeline, message);
    return () -> answer.send(response);
  }

  private FullHttpResponse run(Pipeline pipeline, Message message) {
    try {
      var opened = pipeline.hooks().open(connection);
      if (connection.closed().isPresent()) {
        return closed(connection.closed().get());
      }
      if (!opened) {
        return closed(CloseStatus.FAILED);
      }
      return response(pipeline.run(connection, message, server, null).await());
    } finally {
      pipeline.hooks().close(connection);
    }
  }

  @Override
  public void continued() {}

  @Override
  public void answer(Generation generation, Result result) {
    try {
      answer.send(response(result));
    } finally {
      close(generation);
    }
  }

  /** Runs the links' {@code onClose} on a virtual thread, because they may block. */
  private void close(Generation generation) {
    if (!generation.pipeline().hooks().watchesCloseOf(connection)) {
      return;
    }
    var stripe = server.stripeOfOthers();
    generation.pin(stripe);
    try {
      server
          .threads()
          .execute(() -> {
            try {
              generation.pipeline().hooks().close(connection);
            } finally {
              generation.unpin(stripe);
            }
          });
    } catch (RejectedExecutionException e) { // the server is closed
      generation.unpin(stripe);
    }
  }

  @Override
  public void refuse(Message message) {
    answer.refuseForMemory(server.counters());
  }

  @Override
  public void fail(Throwable thrown) {
    answer.fail(thrown);
  }

  @Override
  public void ended() {}

  private static FullHttpResponse response(Result result) {
    return switch (result.outcome()) {
      case Outcome.Done done ->
          // Concatenated, because a number needs no escapes and every publication gets this answer.
          HttpReplies.json(HttpResponseStatus.OK, "{\"channels\":" + result.published() + "}");
      case Outcome.Refused refused -> {
        var response = HttpReplies.refusal(refused.status(), refused.reason());
        refused.retryAfterSeconds().ifPresent(s -> HttpReplies.retryAfter(response, s));
        yield response;
      }
      case Outcome.Closed(var code) -> closed(code);
    };
  }

  /**
   * Maps a close code to an HTTP status: the codes from 4400 to 4499 are the statuses plus 4000.
   */
  private static FullHttpResponse closed(CloseStatus code) {
    if (code.code() == CloseStatus.BUSY.code()) {
      return HttpReplies.refusal(503, code.reason());
    }
    var status = code.code() - CLOSE_CODES;
    return status >= 400 && status < 500
        ? HttpReplies.refusal(status, code.reason())
        : HttpReplies.refusal(
            code.code() == CloseStatus.FAILED.code() ? 500 : 403, "the connection was refused");
  }
}
