package io.lhttp.pipeline;

import io.lhttp.Reply;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** A reply in the making; confined to its exchange's thread. */
final class RunningReply implements Reply {
  private final RunningExchange exchange;
  private final Message.Builder builder;
  private boolean ownHeaders;
  private boolean sent;

  RunningReply(RunningExchange exchange) {
    this.exchange = exchange;
    this.builder = exchange.request().toBuilder().without("authorization").body("");
  }

  /** The request with another body: its head's bytes are used again. */
  static Message echo(RunningExchange exchange, String body) {
    var reply = exchange.request().without("authorization").withBody(body);
    return exchange.rewritten() ? answer(exchange, reply.toBuilder()) : reply;
  }

  /** A message of the request's command with these headers and no body, as refusals are. */
  static Message bare(RunningExchange exchange, String... headers) {
    var builder = Message.builder(exchange.received().command());
    for (var i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return answer(exchange, builder);
  }

  @Override
  public Reply command(String command) {
    builder.command(command);
    return this;
  }

  @Override
  public Reply header(String name, String value) {
    if (!ownHeaders) {
      builder.withoutHeaders();
      ownHeaders = true;
    }
    builder.header(name, value);
    return this;
  }

  @Override
  public Reply body(String body) {
    builder.body(body);
    return this;
  }

  @Override
  public Reply body(byte[] body) {
    builder.body(body);
    return this;
  }

  @Override
  public void send() {
    if (sent) {
      throw new IllegalStateException("this reply was sent already");
    }
    var message = answer(exchange, builder);
    sent = true;
    exchange.transmit(message);
  }

  /** A reply has the received message's format and id, whatever filters have rewritten. */
  private static Message answer(RunningExchange exchange, Message.Builder builder) {
    var received = exchange.received();
    @Nullable String id = received.header("id").orElse(null);
    if (id != null) {
      builder.without("id").header("id", id);
    }
    return builder.format(received.format()).build();
  }
}
