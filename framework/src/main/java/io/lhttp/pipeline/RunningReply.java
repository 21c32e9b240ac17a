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
    return exchange.rewritten() ? identify(exchange, reply.toBuilder()).build() : reply;
  }

  /** A message of the request's command with these headers and no body, as refusals are. */
  static Message bare(RunningExchange exchange, String... headers) {
    var builder =
        Message.builder(exchange.received().command()).format(exchange.received().format());
    for (var i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return identify(exchange, builder).build();
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
    var message = identify(exchange, builder.format(exchange.received().format())).build();
    sent = true;
    exchange.transmit(message);
  }

  /** Puts the received message's id on a reply, in place of any other. */
  private static Message.Builder identify(RunningExchange exchange, Message.Builder builder) {
    @Nullable String id = exchange.received().header("id").orElse(null);
    return id == null ? builder : builder.without("id").header("id", id);
  }
}
