package io.lhttp.scripts.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.ClientKey;
import io.lhttp.RefusedException;
import io.lhttp.outgoing.OutgoingHeaders;
import io.lhttp.scripts.testing.TestHttp;
import io.lhttp.scripts.text.Bodies;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/** One request that a script sends with {@code fetch}. The script thread creates it. */
public final class Request {
  private final Fetcher fetcher;
  private final @Nullable ClientKey client;
  private final Consumer<FetchResult> taker;
  private final URI uri;
  private final Duration timeout;
  private final String method;
  private final HttpRequest.Builder request;
  private byte[] body = {};

  Request(
      Fetcher fetcher,
      @Nullable ClientKey client,
      String method,
      URI uri,
      Duration timeout,
      Consumer<FetchResult> taker) {
    this.fetcher = fetcher;
    this.client = client;
    this.taker = taker;
    this.uri = uri;
    this.timeout = timeout;
    this.method = method;
    this.request = HttpRequest.newBuilder(uri).timeout(timeout).version(version(uri));
  }

  @HostAccess.Export
  public void header(String name, String value) {
    if (!OutgoingHeaders.settable(name)) {
      throw new IllegalArgumentException(
          "fetch sets the header '" + name + "' itself: it says how a request is sent");
    }
    request.header(name, value);
  }

  @HostAccess.Export
  public void text(String text) {
    body = Bodies.limited(text, fetcher.bodyBytes()).getBytes(UTF_8);
  }

  @HostAccess.Export
  public void bytes(Value buffer) {
    body = Bodies.bytes(buffer, fetcher.bodyBytes());
  }

  /**
   * Sends the request. The result with this number is passed to the script later.
   *
   * @throws RefusedException if the client, or all clients together, have too many requests under
   *     way
   */
  @HostAccess.Export
  public void send(int id) {
    var built = request.method(method, publisher()).build();
    fetcher.begin(client);
    try {
      fetcher.run(() -> {
        try {
          taker.accept(fetch(id, built));
        } finally {
          fetcher.end(client);
        }
      });
    } catch (RejectedExecutionException e) {
      fetcher.end(client);
      throw new IllegalStateException("the server is closing", e);
    }
  }

  /**
   * Returns the version to request. Without TLS it is HTTP/1.1, because HTTP/2 would need the
   * header Upgrade, at which some servers fail.
   */
  private static HttpClient.Version version(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme())
        ? HttpClient.Version.HTTP_2
        : HttpClient.Version.HTTP_1_1;
  }

  private HttpRequest.BodyPublisher publisher() {
    return body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
  }

  private FetchResult fetch(int id, HttpRequest built) {
    try {
      var test = fetcher.test();
      if (test != null) {
        var headers = built.headers().map();
        var asked = new TestHttp.Request(method, uri, headers, ByteBuffer.wrap(body));
        return FetchResult.of(id, uri, test.answer(asked));
      }
      return exchange(id, built);
    } catch (TimeoutException e) {
      return FetchResult.failed(id, uri, "no answer in time");
    } catch (IOException e) {
      return FetchResult.failed(id, uri, String.valueOf(e.getMessage()));
    } catch (ExecutionException e) {
      var cause = e.getCause();
      if (cause instanceof HttpTimeoutException
          && !(cause instanceof HttpConnectTimeoutException)) {
        return FetchResult.failed(id, uri, "no answer in time");
      }
      var reason = cause instanceof IOException ? cause.getMessage() : String.valueOf(cause);
      return FetchResult.failed(id, uri, reason == null ? "no connection" : reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FetchResult.failed(id, uri, "the server is closing");
    }
  }

  /**
   * Sends the request and waits for the response. However the wait ends, the request ends too: its
   * socket is closed when this method returns.
   */
  private FetchResult exchange(int id, HttpRequest built)
      throws ExecutionException, InterruptedException, IOException, TimeoutException {
    var max = fetcher.bodyBytes();
    // The time-out of the request itself covers only the head of the response.
    var response =
        fetcher.client().sendAsync(built, BodyHandlers.limiting(BodyHandlers.ofByteArray(), max));
    try {
      return FetchResult.of(id, uri, response.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } finally {
      if (!response.isDone()) {
        response.cancel(true);
      }
    }
  }
}
