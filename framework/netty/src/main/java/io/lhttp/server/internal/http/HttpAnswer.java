package io.lhttp.server.internal.http;

import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.tracing.Span;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The answer to one HTTP request, given once; then the handler reads the next request. The handler
 * owns it. Confined to the event loop, except for the step of {@link #runOnVirtualThread}.
 */
final class HttpAnswer {
  private final HttpHandler handler;
  private final ChannelHandlerContext context;
  private final boolean keepAlive;
  private final boolean head;
  private final HttpHeaders further = new DefaultHttpHeaders();
  private boolean begun;

  /** The span of the request, which ends with the response. */
  private Span span = Span.NONE;

  /**
   * @param head whether the request is {@code HEAD}, so that the response has no body
   */
  HttpAnswer(HttpHandler handler, ChannelHandlerContext context, boolean keepAlive, boolean head) {
    this.handler = handler;
    this.context = context;
    this.keepAlive = keepAlive;
    this.head = head;
  }

  boolean head() {
    return head;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  /** Ends a span with the status of the response. */
  void end(Span span) {
    this.span = span;
  }

  void text(HttpResponseStatus status, String text) {
    send(HttpReplies.text(status, text));
  }

  void refuse(int status, String reason) {
    send(HttpReplies.refusal(status, reason));
  }

  /** Refuses a request because the server is short of memory, and counts that. */
  void refuseForMemory(Counters counters) {
    counters.memoryRefusals.increment();
    var response = HttpReplies.refusal(503, Budget.REFUSAL);
    HttpReplies.retryAfter(response, 1);
    send(response);
  }

  void allowOnly(String methods) {
    var response = HttpReplies.refusal(405, "method not allowed");
    response.headers().set(HttpHeaderNames.ALLOW, methods);
    send(response);
  }

  /** Adds a header to whichever response is sent. */
  void with(CharSequence name, String value) {
    further.set(name, value);
  }

  /** Records that the response has begun, so that no other response can be sent. */
  void begin() {
    begun = true;
  }

  /**
   * Logs an error of the server and responds with 500. If a response has begun already, the
   * connection is closed instead.
   */
  void fail(Throwable thrown) {
    handler.report(thrown);
    if (begun) {
      context.close();
    } else {
      refuse(500, "the server failed");
    }
  }

  /** Runs a step on the event loop. If it throws, {@link #fail} answers. */
  private void later(Runnable step) {
    context
        .executor()
        .execute(() -> {
          try {
            step.run();
          } catch (Throwable e) {
            fail(e);
          }
        });
  }

  /**
   * Runs a step on another thread. The step returns the rest, which runs on the event loop. If
   * either throws, the answer is 500.
   */
  void runOnVirtualThread(Executor threads, Supplier<Runnable> step) {
    threads.execute(() -> {
      Runnable next;
      try {
        next = step.get();
      } catch (Throwable e) {
        next = () -> fail(e);
      }
      later(next);
    });
  }

  void send(FullHttpResponse response) {
    begin();
    ServerTracing.end(span, response.status().code());
    response.headers().add(further);
    HttpReplies.write(context, head ? withoutBody(response) : response, keepAlive);
    done();
  }

  private static FullHttpResponse withoutBody(FullHttpResponse response) {
    response.release();
    return response.replace(Unpooled.EMPTY_BUFFER);
  }

  /** Ends the answer after other code has written the whole response. */
  void done() {
    if (keepAlive) {
      handler.next(context);
    }
  }
}
