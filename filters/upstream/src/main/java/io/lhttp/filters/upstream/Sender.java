package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.filters.upstream.Target.Result;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a message to its destination and waits for the answer. One deadline covers queue, retries
 * and redirects. Each failure becomes a {@link RefusedException} with the protocol's status, and
 * its reason is logged. All threads may use it.
 */
final class Sender {
  private static final Logger log = LoggerFactory.getLogger(UpstreamFilter.class);
  private static final String USER_AGENT = "lhttp";

  private final UpstreamOptions options;
  private final Directory directory;
  private final PassedHeaders passed;
  private final Identity identity;
  private final QuietLog quiet = new QuietLog();
  private final LongAdder retries = new LongAdder();

  Sender(UpstreamOptions options, Directory directory, Identity identity) {
    this.options = options;
    this.directory = directory;
    this.passed = new PassedHeaders(options.headers());
    this.identity = identity;
  }

  /**
   * The sender of a message.
   *
   * @param client equal for all connections of one user, or, without a user, of one address
   */
  record Origin(Identity.MessageSender sender, ClientKey client) {}

  /** One message to be sent, with its deadline. */
  private record Forwarding(
      Message message, Origin from, HttpMethod method, Destination to, Span span, long deadline) {
    long remaining() {
      return deadline - System.nanoTime();
    }

    Duration pause() {
      return to.upstream().pause(from.client);
    }
  }

  /**
   * Returns the destination's answer.
   *
   * @param span the span of the request, whose context the target gets
   */
  Answer send(Message message, Origin from, HttpMethod method, Destination destination, Span span)
      throws InterruptedException {
    var deadline = System.nanoTime() + options.timeout().toNanos();
    var forwarding = new Forwarding(message, from, method, destination, span, deadline);
    var answer = sendOnceOrAgain(forwarding);
    for (var hop = 0; hop < options.redirects() && answer.redirects(); hop++) {
      var next = answer.redirected(forwarding.method);
      forwarding =
          new Forwarding(message, from, next, redirect(forwarding, answer), span, deadline);
      answer = sendOnceOrAgain(forwarding);
    }
    return answer;
  }

  long retries() {
    return retries.sum();
  }

  /**
   * Returns the destination of a redirect. It has to be allowed, as if the message had named it.
   */
  private Destination redirect(Forwarding forwarding, Answer answer) {
    var url = answer.location().map(answer.url()::resolve);
    return url.flatMap(to -> directory.redirect(forwarding.to.upstream(), answer.from(), to))
        .orElseThrow(() -> {
          warn(answer.from(), "a redirect to where nothing is allowed");
          return new RefusedException(502, "the upstream redirects to where nothing is allowed");
        });
  }

  private Answer sendOnceOrAgain(Forwarding forwarding) throws InterruptedException {
    var tried = new ArrayList<Target>();
    while (true) {
      var target =
          forwarding
              .to
              .upstream()
              .pick(forwarding.from.client, tried)
              .orElseThrow(() -> unavailable(forwarding));
      var last = tried.size() == options.retries();
      try {
        var answer = inQueue(forwarding, target);
        if (last || !forwarding.method.idempotent() || !answer.unavailable()) {
          return answer;
        }
      } catch (IOException e) {
        if (last || !repeatable(forwarding, e)) {
          throw refusal(target, e);
        }
      }
      tried.add(target);
      retries.increment();
      forwarding.span.with("http.request.resend_count", tried.size());
    }
  }

  private Answer inQueue(Forwarding forwarding, Target target)
      throws IOException, InterruptedException {
    var client = forwarding.from.client;
    var entry = target.limiter.enter(client, forwarding.remaining());
    if (entry != ConcurrencyLimiter.Entry.ENTERED) {
      throw busy(forwarding, target, entry);
    }
    try {
      if (!target.breaker.enter(client)) {
        throw unavailable(forwarding);
      }
      return call(target, request(forwarding, target), forwarding);
    } finally {
      target.limiter.leave(client);
    }
  }

  private static RefusedException busy(
      Forwarding forwarding, Target target, ConcurrencyLimiter.Entry entry) {
    var ofClient = entry == ConcurrencyLimiter.Entry.CLIENT_LIMIT;
    target.count(ofClient ? Result.CLIENT_LIMIT : Result.QUEUE_FULL);
    var refusal =
        ofClient
            ? Outcome.refused(429, "too many messages to the upstream at once")
            : Outcome.refused(503, "the upstream is busy");
    return new RefusedException(refusal.retryAfter(forwarding.pause()));
  }

  private Answer call(Target target, Request request, Forwarding forwarding) throws IOException {
    var call = target.client.newCall(request);
    call.timeout().timeout(Math.max(1, forwarding.remaining()), TimeUnit.NANOSECONDS);
    try (var response = call.execute()) {
      var answer = Answer.read(target, response, options.responseBytes());
      target.count(Result.ANSWERED);
      if (answer.unavailable()) {
        target.failed(forwarding.from.client);
      } else {
        target.succeeded(forwarding.from.client);
      }
      return answer;
    } catch (Answer.TooLargeException e) {
      target.count(Result.TOO_LARGE);
      target.succeeded(forwarding.from.client);
      throw e;
    } catch (ForbiddenAddressException e) {
      target.count(Result.FORBIDDEN);
      throw e;
    } catch (IOException e) {
      target.count(e instanceof InterruptedIOException ? Result.TIMED_OUT : Result.FAILED);
      countFailure(target, forwarding, e);
      throw e;
    }
  }

  /**
   * Counts the failure against the target. A reused connection that broke before the response does
   * not count.
   */
  private static void countFailure(Target target, Forwarding forwarding, IOException e) {
    if (e instanceof ConnectException
        || e instanceof NoRouteToHostException
        || e instanceof UnknownHostException
        || e instanceof SocketTimeoutException // the connection's; the call's has another type
        || e instanceof SSLException) {
      target.unreachable();
    } else if (!(e instanceof FreshConnections.BrokenReuseException)) {
      target.failed(forwarding.from.client);
    }
  }

  private Request request(Forwarding forwarding, Target target) {
    var url = forwarding.to.at(target).orElseThrow(Directory::notAllowed);
    var headers = new Headers.Builder();
    passed.add(forwarding.message, headers);
    forwarding.span.context().ifPresent(context -> replace(headers, context));
    headers.add("user-agent", USER_AGENT);
    var body = forwarding.method.hasBody() ? new Body(forwarding.message, forwarding.method) : null;
    identity.add(
        headers,
        forwarding.from.sender,
        forwarding.method,
        url,
        body == null ? Body.NOTHING : forwarding.message.bodyBuffer());
    return new Request.Builder()
        .url(url)
        .headers(headers.build())
        .method(forwarding.method.name(), body)
        .build();
  }

  /** Replaces the client's trace context by the one of the request's own span. */
  private static void replace(Headers.Builder headers, TraceContext context) {
    headers.removeAll(TraceContext.PARENT).removeAll(TraceContext.STATE);
    context.write(headers::add);
  }

  /**
   * Whether the request may be sent again: its method is idempotent, or no server can have received
   * it.
   */
  private static boolean repeatable(Forwarding forwarding, IOException e) {
    if (e instanceof ForbiddenAddressException
        || e instanceof Answer.TooLargeException
        || forwarding.remaining() <= 0
        || Thread.currentThread().isInterrupted()) {
      return false;
    }
    return forwarding.method.idempotent()
        || e instanceof ConnectException
        || e instanceof NoRouteToHostException
        || e instanceof UnknownHostException;
  }

  private RefusedException refusal(Target target, IOException e) {
    warn(target, QuietLog.describe(e));
    return switch (e) {
      case ForbiddenAddressException forbidden -> Directory.notAllowed();
      case Answer.TooLargeException large ->
          new RefusedException(502, "the upstream's answer is too large");
      case InterruptedIOException late when !Thread.currentThread().isInterrupted() ->
          new RefusedException(504, "the upstream did not answer in time");
      default -> new RefusedException(502, "the upstream failed");
    };
  }

  private static RefusedException unavailable(Forwarding forwarding) {
    return new RefusedException(
        Outcome.refused(503, "the upstream is not available").retryAfter(forwarding.pause()));
  }

  private void warn(Target target, String reason) {
    if (quiet.permits()) {
      log.warn(
          "upstream request failed target={} reason={} unlogged={}",
          target.name,
          reason,
          quiet.unlogged());
    }
  }

  /** The message's body, without a copy. */
  private static final class Body extends RequestBody {
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Message message;
    private final boolean once;

    Body(Message message, HttpMethod method) {
      this.message = message;
      this.once = !method.idempotent();
    }

    /** Null, because the message's own header gives the type. */
    @Override
    public @Nullable MediaType contentType() {
      return null;
    }

    @Override
    public long contentLength() {
      return message.bodyLength();
    }

    /** True keeps OkHttp from repeating the request by itself. */
    @Override
    public boolean isOneShot() {
      return once;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      var bytes = message.bodyBuffer();
      while (bytes.hasRemaining()) {
        sink.write(bytes);
      }
    }
  }
}
