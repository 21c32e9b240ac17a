package io.lhttp.internal.chain;

import io.lhttp.Reply;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** A reply that a link builds; confined to its exchange's thread. */
final class RunningReply implements Reply {
  private static final String ID = "id";

  private final RunningExchange exchange;
  private final Message.Builder builder;
  private final @Nullable String id;
  private boolean ownHeaders;

  /** Whether the builder has the received message's header {@code id} already. */
  private boolean identified;

  private boolean sent;

  RunningReply(RunningExchange exchange) {
    this.exchange = exchange;
    this.builder = exchange.request().toBuilder().without("authorization").body("");
    this.id = id(exchange.received());
    this.identified = identified(exchange, id);
  }

  /**
   * Returns the request with another body as a reply. The encoded command and headers are reused if
   * no filter rewrote the request.
   */
  static Message echo(RunningExchange exchange, String body) {
    var reply = exchange.request().without("authorization").withBody(body);
    return exchange.rewritten()
        ? answer(exchange, reply.toBuilder(), identified(exchange, id(exchange.received())))
        : reply;
  }

  /** Returns a reply for a refusal: the request's command, these headers, and no body. */
  static Message bare(RunningExchange exchange, String... headers) {
    var builder = Message.builder(exchange.received().command());
    for (var i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return answer(exchange, builder, false);
  }

  @Override
  public Reply command(String command) {
    builder.command(command);
    return this;
  }

  @Override
  public Reply header(String name, String value) {
    if (!ownHeaders) {
      withoutHeaders();
    }
    if (id == null || !name.equalsIgnoreCase(ID)) {
      builder.header(name, value);
    } else if (!identified) {
      builder.header(name, id);
      identified = true;
    }
    return this;
  }

  @Override
  public Reply withoutHeaders() {
    builder.withoutHeaders();
    ownHeaders = true;
    identified = false;
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
    var message = answer(exchange, builder, identified);
    sent = true;
    exchange.transmit(message);
  }

  /**
   * Builds a reply with the received message's format and id, even if filters have rewritten the
   * request.
   *
   * @param identified whether the builder has the id already
   */
  private static Message answer(
      RunningExchange exchange, Message.Builder builder, boolean identified) {
    var received = exchange.received();
    var id = id(received);
    if (id != null && !identified) {
      builder.without(ID).header(ID, id);
    }
    return builder.format(received.format()).build();
  }

  /** Whether the request, after all rewrites, still has the received message's id. */
  private static boolean identified(RunningExchange exchange, @Nullable String id) {
    return id != null && (!exchange.rewritten() || id.equals(id(exchange.request())));
  }

  private static @Nullable String id(Message message) {
    return message.header(ID).orElse(null);
  }
}
