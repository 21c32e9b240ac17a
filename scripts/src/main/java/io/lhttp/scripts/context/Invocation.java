package io.lhttp.scripts.context;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.Headers;
import io.lhttp.message.Message;
import io.lhttp.scripts.Limits;
import io.lhttp.scripts.errors.RejectedPromise;
import io.lhttp.scripts.text.Bodies;
import io.lhttp.scripts.text.JsonDepth;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the host behind {@code ctx}, for one exchange, or for one connection that opens
 * or ends. One thread at a time uses it; a thread that passes it to another waits for that one.
 */
public final class Invocation extends HeadersView {
  private final Connection connection;
  private final @Nullable Exchange exchange;
  private final Limits limits;
  private volatile boolean over;

  /**
   * The outcome of the rest of the chain, which the handler {@code after} sees; null in other
   * handlers.
   */
  private @Nullable Outcome outcome;

  private Outcome.@Nullable Refused refusal;

  /**
   * Completes when the handler's promise is settled, so that any thread may wait for it; null
   * without such a promise.
   */
  private @Nullable CompletableFuture<Void> promise;

  public Invocation(Connection connection, @Nullable Exchange exchange, Limits limits) {
    this.connection = connection;
    this.exchange = exchange;
    this.limits = limits;
  }

  public Connection owner() {
    return connection;
  }

  public void outcome(Outcome outcome) {
    this.outcome = outcome;
  }

  public Outcome.@Nullable Refused refusal() {
    return refusal;
  }

  @Nullable
  public CompletableFuture<Void> promise() {
    return promise;
  }

  public void forgetPromise() {
    promise = null;
  }

  /** Ends the call. If the script has kept {@code ctx}, using it throws an error from now on. */
  public void end() {
    over = true;
  }

  @HostAccess.Export
  public void pending() {
    promise = new CompletableFuture<>();
  }

  @HostAccess.Export
  public void settled() {
    var pending = promise;
    if (pending != null) {
      pending.complete(null);
    }
  }

  /**
   * Called by the script's prelude when the handler's promise was rejected, with an error or
   * another value.
   */
  @HostAccess.Export
  public void failed(Value error) {
    var _ = fail(RejectedPromise.of(error));
  }

  /** Fails the handler's promise for the thread that waits. Returns false if no thread waits. */
  public boolean fail(Throwable thrown) {
    var pending = promise;
    return pending != null && pending.completeExceptionally(thrown);
  }

  @HostAccess.Export
  public String command() {
    return request().command();
  }

  @HostAccess.Export
  public String body() {
    return request().body();
  }

  /**
   * Returns the body, which the script parses as JSON. A deeply nested body is refused, because it
   * would exhaust the parser's stack.
   */
  @HostAccess.Export
  public String json() {
    var request = request();
    if (JsonDepth.of(request.bodyBuffer()) > JsonDepth.MOST) {
      throw new RefusedException(400, "the body's JSON is nested too deeply");
    }
    return request.body();
  }

  @HostAccess.Export
  public ByteBuffer bytes() {
    return request().bodyBuffer();
  }

  @HostAccess.Export
  public boolean binary() {
    return request().format() == Message.Format.BINARY;
  }

  @HostAccess.Export
  public int partCount() {
    return request().parts().size();
  }

  @HostAccess.Export
  public PartView part(int i) {
    return new PartView(request().parts().get(i));
  }

  @HostAccess.Export
  public int generation() {
    return exchange().generation();
  }

  @HostAccess.Export
  public ConnectionView connection() {
    return new ConnectionView(connection, limits);
  }

  @HostAccess.Export
  public AttributeValues attributes() {
    return AttributeValues.of(exchange().attributes(), limits.attributeBytes());
  }

  @HostAccess.Export
  public void send(String body) {
    exchange().send(Bodies.limited(body, limits.bodyBytes()));
  }

  /**
   * Creates a draft of a reply.
   *
   * @param headers whether the draft begins without the request's headers
   */
  @HostAccess.Export
  public Draft reply(boolean headers) {
    var reply = exchange().reply();
    return Draft.of(headers ? reply.withoutHeaders() : reply, limits.bodyBytes());
  }

  /**
   * Refuses the message.
   *
   * @param retryAfterSeconds the pause before another attempt; zero or less for none
   */
  @HostAccess.Export
  public void refuse(int status, String reason, double retryAfterSeconds) {
    var refused = exchange().refuse(status, reason);
    refusal =
        retryAfterSeconds > 0
            ? refused.retryAfter(Duration.ofMillis((long) (retryAfterSeconds * 1_000)))
            : refused;
  }

  /** Refuses the message as malformed, by an exception that passes through the script. */
  @HostAccess.Export
  @SuppressWarnings("DoNotCallSuggester") // scripts do
  public void malformed(String reason) {
    throw new RefusedException(400, reason);
  }

  /**
   * Creates a draft that replaces the request.
   *
   * @param headers whether the draft begins without the request's headers
   */
  @HostAccess.Export
  public Draft rewrite(boolean headers) {
    var exchange = exchange();
    var builder = exchange.request().toBuilder();
    return Draft.of(
        headers ? builder.withoutHeaders() : builder, limits.bodyBytes(), exchange::rewrite);
  }

  /** Sets the value of a header of the request, at the header's place. */
  @HostAccess.Export
  public void setHeader(String name, String value) {
    var exchange = exchange();
    exchange.rewrite(exchange.request().withOnly(name, value));
  }

  /**
   * Sets the values of a header of the request, at the header's place. Without values, removes the
   * header.
   */
  @HostAccess.Export
  public void setHeaders(String name, String... values) {
    var exchange = exchange();
    exchange.rewrite(exchange.request().toBuilder().set(name, values).build());
  }

  /** Creates a draft of a publication to the channel, in the request's format. */
  @HostAccess.Export
  public Draft publication(String channel) {
    var exchange = exchange();
    var builder = Message.builder(exchange.request().command());
    return Draft.of(
        builder.format(exchange.request().format()),
        limits.bodyBytes(),
        message -> exchange.publish(channel, message));
  }

  /** Publishes the request with the changes so far. */
  @HostAccess.Export
  public void publishRequest(String channel) {
    exchange().publish(channel, request());
  }

  @HostAccess.Export
  public boolean outcomeDone() {
    return outcome instanceof Outcome.Done;
  }

  @HostAccess.Export
  public boolean outcomeHandled() {
    return outcome instanceof Outcome.Done(var handled) && handled;
  }

  /** The status of a refusal, the code of a close, or 200. */
  @HostAccess.Export
  public int outcomeStatus() {
    return switch (outcome) {
      case Outcome.Refused refused -> refused.status();
      case Outcome.Closed(var code) -> code.code();
      case null, default -> 200;
    };
  }

  @HostAccess.Export
  public String outcomeReason() {
    return switch (outcome) {
      case Outcome.Refused refused -> refused.reason();
      case Outcome.Closed(var code) -> code.reason();
      case null, default -> "";
    };
  }

  @HostAccess.Export
  public boolean outcomeClosed() {
    return outcome instanceof Outcome.Closed;
  }

  private Message request() {
    return exchange().request();
  }

  @Override
  Headers headers() {
    return request().headers();
  }

  private Exchange exchange() {
    if (over) {
      throw new IllegalStateException("this message is over: keep what you need, not ctx");
    }
    if (exchange == null) {
      throw new IllegalStateException("there is no message here, only ctx.connection");
    }
    return exchange;
  }
}
