package io.lhttp.app.http;

import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections of operators and backends, each with a platform thread of its own, so that
 * code that holds all carriers holds up none of them. The server that answers owns it.
 *
 * <p>Their number is bounded. A connection beyond it takes the place of one that waits for its
 * client: the oldest one of the address that has the most. Hence no number of idle connections
 * keeps another client out.
 */
public final class HttpListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  /** The most connections. Each has a thread. */
  public static final int CONNECTIONS = 200;

  /** The pause after a failure to accept a connection. */
  public static final Duration PAUSE = Duration.ofMillis(100);

  private static final int BACKLOG = 128;

  private final ErrorLog errors;
  private final LongAdder failures = new LongAdder();
  private final ServerSocket socket;
  private final ThreadFactory threads;
  private final HttpHandler handler;
  private final LongSupplier nanos;

  /** In the order of their accept. Guarded by this object's lock. */
  private final Set<HttpConnection> open = new LinkedHashSet<>();

  /**
   * Binds the address.
   *
   * @param name the name of the listener in logs
   * @param handler answers a request, on the thread of its connection
   * @param nanos counts as {@link System#nanoTime} does
   * @throws java.net.BindException if the port is in use
   */
  public HttpListener(
      String name,
      InetSocketAddress address,
      ThreadFactory threads,
      HttpHandler handler,
      LongSupplier nanos)
      throws IOException {
    this.errors = new ErrorLog(log, "accepting a connection to " + name);
    this.threads = threads;
    this.handler = handler;
    this.nanos = nanos;
    socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(address, BACKLOG);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Begins to accept connections. */
  public void start() {
    threads.newThread(this::acceptAll).start();
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
  }

  /** The address, with the port that was chosen if it was 0. */
  public URI uri() {
    var host = socket.getInetAddress().getHostAddress();
    return URI.create(
        "http://%s:%d/"
            .formatted(host.contains(":") ? "[" + host + "]" : host, socket.getLocalPort()));
  }

  /** The number of connections that could not be accepted. */
  public long failures() {
    return failures.sum();
  }

  /** Closes the connections whose clients take too long. */
  public void closeOverdue() {
    all().stream().filter(HttpConnection::overdue).forEach(HttpConnection::close);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("a port failed to close", e);
    }
    all().forEach(HttpConnection::close);
  }

  private void acceptAll() {
    while (!socket.isClosed()) {
      try {
        enter(socket.accept());
      } catch (IOException | RuntimeException | Error e) {
        if (!socket.isClosed()) {
          failures.increment();
          errors.add(e);
          pause();
        }
      }
    }
  }

  private void enter(Socket client) throws IOException {
    var connection = new HttpConnection(client, handler, nanos, this::remove);
    if (!add(connection)) {
      client.close();
      return;
    }
    try {
      threads.newThread(connection).start();
    } catch (RuntimeException | Error e) { // no thread can be had
      remove(connection);
      client.close();
      throw e;
    }
  }

  /** Adds a connection, in the place of another one if there are too many. */
  private synchronized boolean add(HttpConnection connection) {
    if (socket.isClosed()) {
      return false;
    }
    if (open.size() >= CONNECTIONS) {
      var victim = victim();
      if (victim.isEmpty()) {
        return false;
      }
      open.remove(victim.get());
      victim.get().close();
    }
    return open.add(connection);
  }

  /** Returns the connection that makes room; empty if each is being answered. */
  private Optional<HttpConnection> victim() {
    Map<InetAddress, Integer> counts = new HashMap<>();
    open.forEach(one -> counts.merge(one.address(), 1, Integer::sum));
    return open.stream()
        .filter(HttpConnection::idle)
        .max(
            Comparator.<HttpConnection>comparingInt(one -> counts.getOrDefault(one.address(), 0))
                .thenComparingLong(HttpConnection::waited));
  }

  private synchronized Set<HttpConnection> all() {
    return Set.copyOf(open);
  }

  private synchronized void remove(HttpConnection connection) {
    open.remove(connection);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
