package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.filters.upstream.Target.Result;
import io.lhttp.message.Message;
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
 * Sends a message and waits for its answer, within one deadline: in the target's line, through
 * retries and redirects. Whatever goes wrong is a {@link RefusedException} with protocol's status,
 * and a line in the log with the reason. Safe for all threads.
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
   * Whose message it is.
   *
   * @param client equal for all connections of one user or, without a user, of one address
   */
  record Origin(Identity.Speaker speaker, ClientKey client) {}

  /** One message on its way. */
  private record Errand(
      Message message, Origin from, HttpMethod method, Destination to, long deadline) {
    long remaining() {
      return deadline - System.nanoTime();
    }

    Duration pause() {
      return to.upstream().pause(from.client);
    }
  }

  Answer send(Message message, Origin from, HttpMethod method, Destination destination)
      throws InterruptedException {
    var deadline = System.nanoTime() + options.timeout().toNanos();
    var errand = new Errand(message, from, method, destination, deadline);
    var answer = sendOnceOrAgain(errand);
    for (var hop = 0; hop < options.redirects() && answer.redirects(); hop++) {
      var next = answer.redirected(errand.method);
      errand = new Errand(message, from, next, redirect(errand, answer), deadline);
      answer = sendOnceOrAgain(errand);
    }
    return answer;
  }

  long retries() {
    return retries.sum();
  }

  /** Returns the destination of a redirect, which has to be allowed like a message's own. */
  private Destination redirect(Errand errand, Answer answer) {
    var url = answer.location().map(answer.url()::resolve);
    return url.flatMap(to -> directory.redirect(errand.to.upstream(), answer.from(), to))
        .orElseThrow(() -> {
          warn(answer.from(), "a redirect to where nothing is allowed");
          return new RefusedException(502, "the upstream redirects to where nothing is allowed");
        });
  }

  private Answer sendOnceOrAgain(Errand errand) throws InterruptedException {
    var tried = new ArrayList<Target>();
    while (true) {
      var target =
          errand
              .to
              .upstream()
              .pick(errand.from.client, tried)
              .orElseThrow(() -> unavailable(errand));
      var last = tried.size() == options.retries();
      try {
        var answer = inLine(errand, target);
        if (last || !errand.method.idempotent() || !answer.unavailable()) {
          return answer;
        }
      } catch (IOException e) {
        if (last || !repeatable(errand, e)) {
          throw refusal(target, e);
        }
      }
      tried.add(target);
      retries.increment();
    }
  }

  private Answer inLine(Errand errand, Target target) throws IOException, InterruptedException {
    if (!target.gate.enter(errand.remaining())) {
      target.count(Result.QUEUE_FULL);
      throw new RefusedException(
          Outcome.refused(503, "the upstream is busy").retryAfter(errand.pause()));
    }
    try {
      if (!target.breaker.enter(errand.from.client)) {
        throw unavailable(errand);
      }
      return call(target, request(errand, target), errand);
    } finally {
      target.gate.leave();
    }
  }

  private Answer call(Target target, Request request, Errand errand) throws IOException {
    var call = target.client.newCall(request);
    call.timeout().timeout(Math.max(1, errand.remaining()), TimeUnit.NANOSECONDS);
    try (var response = call.execute()) {
      var answer = Answer.read(target, response, options.responseBytes());
      target.count(Result.ANSWERED);
      if (answer.unavailable()) {
        target.failed(errand.from.client);
      } else {
        target.succeeded(errand.from.client);
      }
      return answer;
    } catch (Answer.TooLargeException e) {
      target.count(Result.TOO_LARGE);
      target.succeeded(errand.from.client);
      throw e;
    } catch (ForbiddenAddressException e) {
      target.count(Result.FORBIDDEN);
      throw e;
    } catch (IOException e) {
      target.count(e instanceof InterruptedIOException ? Result.TIMED_OUT : Result.FAILED);
      blame(target, errand, e);
      throw e;
    }
  }

  /** A connection that broke while it idled says nothing of its server. */
  private static void blame(Target target, Errand errand, IOException e) {
    if (e instanceof ConnectException
        || e instanceof NoRouteToHostException
        || e instanceof UnknownHostException
        || e instanceof SocketTimeoutException // dialling is all that has a time-out of its own
        || e instanceof SSLException) {
      target.unreachable();
    } else if (!(e instanceof FreshConnections.BrokenReuseException)) {
      target.failed(errand.from.client);
    }
  }

  private Request request(Errand errand, Target target) {
    var url = errand.to.at(target).orElseThrow(Directory::notAllowed);
    var headers = new Headers.Builder();
    passed.add(errand.message, headers);
    headers.add("user-agent", USER_AGENT);
    var body = errand.method.hasBody() ? new Body(errand.message, errand.method) : null;
    identity.add(
        headers,
        errand.from.speaker,
        errand.method,
        url,
        body == null ? Body.NOTHING : errand.message.bodyBuffer());
    return new Request.Builder()
        .url(url)
        .headers(headers.build())
        .method(errand.method.name(), body)
        .build();
  }

  /** Once more: where that changes nothing, or where there was nobody who could have got it. */
  private static boolean repeatable(Errand errand, IOException e) {
    if (e instanceof ForbiddenAddressException
        || e instanceof Answer.TooLargeException
        || errand.remaining() <= 0
        || Thread.currentThread().isInterrupted()) {
      return false;
    }
    return errand.method.idempotent()
        || e instanceof ConnectException
        || e instanceof NoRouteToHostException
        || e instanceof UnknownHostException;
  }

  private RefusedException refusal(Target target, IOException e) {
    warn(target, QuietLog.words(e));
    return switch (e) {
      case ForbiddenAddressException forbidden -> Directory.notAllowed();
      case Answer.TooLargeException large ->
          new RefusedException(502, "the upstream's answer is too large");
      case InterruptedIOException late when !Thread.currentThread().isInterrupted() ->
          new RefusedException(504, "the upstream did not answer in time");
      default -> new RefusedException(502, "the upstream failed");
    };
  }

  private static RefusedException unavailable(Errand errand) {
    return new RefusedException(
        Outcome.refused(503, "the upstream is not available").retryAfter(errand.pause()));
  }

  private void warn(Target target, String reason) {
    if (quiet.may()) {
      log.warn(
          "upstream failed target={} reason={} unlogged={}", target.name, reason, quiet.unlogged());
    }
  }

  /** A message's body, not copied. */
  private static final class Body extends RequestBody {
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Message message;
    private final boolean once;

    Body(Message message, HttpMethod method) {
      this.message = message;
      this.once = !method.idempotent();
    }

    /** The message's own header says it. */
    @Override
    public @Nullable MediaType contentType() {
      return null;
    }

    @Override
    public long contentLength() {
      return message.bodyLength();
    }

    /** Keeps OkHttp from sending it again by itself. */
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
