package io.lhttp.scripts.fetch;

import io.lhttp.ClientKey;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.outgoing.ClientShares;
import io.lhttp.outgoing.OutgoingPaths;
import io.lhttp.scripts.Limits;
import io.lhttp.scripts.testing.TestHttp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of scripts, only to the configured targets. It follows no redirects, because
 * they could lead to other targets. The host owns it; all threads may use it.
 */
public final class Fetcher implements AutoCloseable {
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  private final List<URI> allowed;
  private final Limits limits;
  private final @Nullable TestHttp test;
  private final ClientShares places;
  private final LongAdder refused = new LongAdder();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * The HTTP client, created at its first use, because its creation reads all certificates of the
   * JDK. Guarded by this object's lock.
   */
  private @Nullable HttpClient client;

  /** Whether {@link #close} was called. Guarded by this object's lock. */
  private boolean closed;

  /**
   * @param allowed scheme, host, port and the beginning of the path of each target
   * @param test answers requests instead of the network; null for the network
   */
  public Fetcher(List<URI> allowed, Limits limits, @Nullable TestHttp test) {
    this.allowed = List.copyOf(allowed);
    this.limits = limits;
    this.test = test;
    this.places = new ClientShares(limits.fetches());
    allowed.stream().findFirst().ifPresent(uri -> threads.execute(() -> loadClasses(uri)));
  }

  /**
   * Makes the JVM load the classes that requests need. In a script's call, loading them would take
   * longer than the call may.
   */
  private void loadClasses(URI uri) {
    if (test == null) {
      try {
        var _ = client();
      } catch (IOException _) {
        return; // the host was closed in the meantime
      }
    }
    var _ = HttpRequest.newBuilder(uri).header("a", "b").timeout(Duration.ofSeconds(1)).build();
  }

  /**
   * Creates a request.
   *
   * @param client the client whose call fetches; null for code that no client's message has called
   * @throws IllegalArgumentException if the URL is malformed or not allowed
   */
  public Request request(
      String method,
      String url,
      double timeoutMillis,
      @Nullable ClientKey client,
      Consumer<FetchResult> taker) {
    var uri = URI.create(url);
    if (allowed.stream().noneMatch(target -> covers(target, uri))) {
      throw new IllegalArgumentException(
          "fetch may not go to " + origin(uri) + ": it is not listed under scripts.fetch");
    }
    var longest = limits.waitTime();
    var timeout =
        timeoutMillis >= 1 && timeoutMillis < longest.toMillis()
            ? Duration.ofMillis((long) timeoutMillis)
            : longest;
    return new Request(this, client, method, uri, timeout, taker);
  }

  private static boolean covers(URI target, URI uri) {
    var path = uri.getRawPath();
    var prefix = target.getRawPath();
    return origin(target).equals(origin(uri))
        && uri.getRawUserInfo() == null
        && uri.getHost() != null
        && path != null
        && OutgoingPaths.plain(path)
        && (prefix.isEmpty()
            || path.equals(prefix)
            || path.startsWith(prefix.endsWith("/") ? prefix : prefix + "/"));
  }

  private static String origin(URI uri) {
    var scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    var port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
  }

  int bodyBytes() {
    return limits.bodyBytes();
  }

  /**
   * Takes a place for a request of this client; after the request, {@link #end} gives it back.
   *
   * @throws RefusedException 429 if the client has its share of the places, 503 if all are taken
   */
  void begin(@Nullable ClientKey client) {
    if (places.take(client)) {
      return;
    }
    refused.increment();
    var refusal =
        places.full()
            ? Outcome.refused(503, "too many requests at once")
            : Outcome.refused(429, "too many requests of this client at once");
    throw new RefusedException(refusal.retryAfter(COME_AGAIN));
  }

  /** The number of requests under way. */
  public int underWay() {
    return places.taken();
  }

  /** The number of requests that were refused because too many were under way. */
  public long refused() {
    return refused.sum();
  }

  /** Whether a response is still expected, or still waits for its script thread. */
  public boolean busy() {
    return places.taken() > 0;
  }

  @Nullable TestHttp test() {
    return test;
  }

  void end(@Nullable ClientKey client) {
    places.giveBack(client);
  }

  void run(Runnable task) {
    threads.execute(task);
  }

  /**
   * Returns the HTTP client.
   *
   * @throws IOException if the fetcher is closed
   */
  synchronized HttpClient client() throws IOException {
    if (closed) {
      throw new IOException("the server is closing");
    }
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(Duration.ofSeconds(10))
              .executor(threads)
              .build();
    }
    return client;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (client != null) {
        client.shutdownNow();
      }
    }
    threads.shutdownNow();
  }
}
