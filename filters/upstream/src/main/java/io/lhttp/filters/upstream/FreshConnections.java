package io.lhttp.filters.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Keeps OkHttp from sending a request over an idle connection that the server has closed already.
 * Such a request fails, and one with a one-shot body can't be repeated. OkHttp itself checks only
 * connections that idled for 10 s, but many servers close theirs after 5 s. All threads may use it.
 */
final class FreshConnections {
  /**
   * The idle time from which a connection is checked before a request that the sender may repeat.
   * The check waits for a millisecond, so shorter times are not worth it.
   */
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The same before a request that would be lost on a closed connection. */
  private static final long IDLE_NANOS_ONCE = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int MOST_STALE = 300;

  private final LongSupplier nanoTime;
  private final Map<Connection, Long> used = Collections.synchronizedMap(new WeakHashMap<>());

  /** Connections that their servers close after the response. */
  private final Set<Connection> ending =
      Collections.newSetFromMap(Collections.synchronizedMap(new WeakHashMap<>()));

  FreshConnections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Thrown if the check found the connection closed; no byte of the request was written. */
  private static final class StaleConnectionException extends IOException {
    private static final long serialVersionUID = 1L;

    StaleConnectionException() {
      super("the server has closed the connection");
    }
  }

  /** Thrown if a connection that was used before broke before the first byte of the response. */
  static final class BrokenReuseException extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenReuseException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Called by OkHttp as an application interceptor: repeats the request on another connection while
   * the check finds connections closed.
   */
  Response retryStale(Interceptor.Chain chain) throws IOException {
    for (var stale = 0; ; stale++) {
      try {
        return chain.proceed(chain.request());
      } catch (StaleConnectionException e) {
        if (stale == MOST_STALE) {
          throw e;
        }
      }
    }
  }

  /**
   * Called by OkHttp as a network interceptor: checks an idle connection before the request is
   * written.
   */
  Response checkIdle(Interceptor.Chain chain) throws IOException {
    var connection = chain.connection();
    if (connection == null || connection.protocol() == Protocol.HTTP_2) {
      return chain.proceed(chain.request());
    }
    var since = used.get(connection);
    if (since != null
        && (ending.contains(connection)
            || (nanoTime.getAsLong() - since >= unchecked(chain.request())
                && closed(connection.socket())))) {
      connection.socket().close();
      throw new StaleConnectionException();
    }
    try {
      var response = chain.proceed(chain.request());
      used.put(connection, nanoTime.getAsLong());
      if (ends(response)) {
        ending.add(connection);
      }
      return response;
    } catch (IOException e) {
      throw since != null && ended(e) ? new BrokenReuseException(e) : e;
    }
  }

  /** The idle time in nanoseconds from which a connection is checked before this request. */
  private static long unchecked(Request request) {
    return HttpMethod.parse(request.method()).idempotent() ? IDLE_NANOS : IDLE_NANOS_ONCE;
  }

  /**
   * Whether the connection is useless. A server sends nothing between requests, so a byte, or the
   * end of the stream, shows that the server has closed it.
   */
  private static boolean closed(Socket socket) {
    try {
      var before = socket.getSoTimeout();
      try {
        socket.setSoTimeout(1);
        var unused = socket.getInputStream().read();
        return true;
      } catch (SocketTimeoutException e) {
        return false;
      } finally {
        socket.setSoTimeout(before);
      }
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Whether the server closes the connection after this response of HTTP/1.0 (RFC 9112, section
   * 9.3), which OkHttp does not see.
   */
  private static boolean ends(Response response) {
    return response.protocol() == Protocol.HTTP_1_0
        && !"keep-alive".equalsIgnoreCase(response.header("Connection"));
  }

  private static boolean ended(IOException e) {
    return e instanceof SocketException
        || e instanceof EOFException
        || e.getCause() instanceof EOFException;
  }
}
