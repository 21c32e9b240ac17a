package io.lhttp.app.http;

import java.time.Duration;
import java.util.function.Function;

/**
 * Answers the requests of a listener. The head of a request decides whether its body is read, so
 * that a sender without permission fills no memory. The threads of all connections use it, and it
 * throws nothing.
 */
@FunctionalInterface
public interface HttpHandler {
  /** Decides about a request by its head. */
  Reply begin(HttpRequest request);

  /** Returns the answer to bytes that are no request; the connection ends with it. */
  default HttpAnswer malformed(int status, String reason) {
    return HttpAnswer.text(status, reason + "\n");
  }

  /** The decision about a request. */
  sealed interface Reply {}

  /** The answer to a request whose body does not count. */
  record Answered(HttpAnswer answer) implements Reply {}

  /**
   * The answer to a request after a pause. The connection counts as idle during it, so that others
   * may take its place, and ends with the answer.
   */
  record Delayed(HttpAnswer answer, Duration pause) implements Reply {}

  /**
   * The body is read first.
   *
   * @param mostBytes the longest body
   * @param answer answers the request with its body
   * @param end runs once, after the answer or when the connection has failed before
   */
  record Received(int mostBytes, Function<byte[], HttpAnswer> answer, Runnable end)
      implements Reply {}
}
