package io.lhttp.scripts.fetch;

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
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of scripts, only to the configured targets. It follows no redirects, because
 * they could lead to other targets. The host owns it; all threads may use it.
 */
public final class Fetcher implements AutoCloseable {
  private final List<URI> allowed;
  private final Limits limits;
  private final @Nullable TestHttp test;
  private final Semaphore free;
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
    this.free = new Semaphore(limits.fetches());
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
   * @throws IllegalArgumentException if the URL is malformed or not allowed
   */
  public Request request(
      String method, String url, double timeoutMillis, Consumer<FetchResult> taker) {
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
    return new Request(this, method, uri, timeout, taker);
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

  boolean begin() {
    return free.tryAcquire();
  }

  /** Whether a response is still expected, or still waits for its script thread. */
  public boolean busy() {
    return free.availablePermits() < limits.fetches();
  }

  @Nullable TestHttp test() {
    return test;
  }

  void end() {
    free.release();
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
