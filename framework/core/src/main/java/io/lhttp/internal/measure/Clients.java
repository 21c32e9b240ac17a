package io.lhttp.internal.measure;

import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.chain.ClientCounts;
import io.lhttp.internal.text.IpAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The clients that a generation has served lately, and those of them for whom a link threw. All
 * threads may use it.
 *
 * <p>All connections with one {@link ClientKey} count as one client, and so do all clients without
 * a name of one {@link ClientKey#site}. A local proxy that is not configured carries many clients
 * over this machine's address; they count by the address that it adds to {@code X-Forwarded-For}.
 * Without that header each connection from this machine counts as a client.
 *
 * <p>At most 10,000 clients are kept, those that came first.
 */
public final class Clients {
  private static final int MOST = 10_000;
  private static final String FORWARDED = "x-forwarded-for";

  /**
   * The number of the last window. Each window has its own number, so that a connection remembers
   * in which one it was counted.
   */
  private static final AtomicInteger WINDOWS = new AtomicInteger();

  /** The clients of one period, each with the set of links that threw for it, as bits. */
  private record Window(int number, Map<Object, Long> clients) {
    Window() {
      this(WINDOWS.incrementAndGet(), new ConcurrentHashMap<>());
    }
  }

  /** Null until the first {@link #turn}; clients are not counted before. */
  private volatile @Nullable Window current;

  private volatile @Nullable Window previous;

  /**
   * Begins a new window. The current window becomes the previous one, and the one before that is
   * forgotten.
   */
  public void turn() {
    previous = current;
    current = new Window();
  }

  /**
   * Counts the client of a message that has ended.
   *
   * @param threw the set of links that threw, as bits
   */
  public void count(Connection connection, long threw) {
    var window = current;
    if (window == null
        || (connection instanceof CountedConnection counted
            && counted.rememberWindow(window.number)
            && threw == 0)) {
      return;
    }
    var client = client(connection);
    if (window.clients.size() < MOST || window.clients.containsKey(client)) {
      window.clients.merge(client, threw, (a, b) -> a | b);
    }
  }

  /**
   * Adds up the current window and the previous one.
   *
   * @param links the set of links whose exceptions count, as bits
   */
  public ClientCounts counts(long links) {
    Map<Object, Long> now = current == null ? Map.of() : current.clients;
    Map<Object, Long> before = previous == null ? Map.of() : previous.clients;
    var clients = 0L;
    var failed = 0L;
    for (var entry : now.entrySet()) {
      clients++;
      var threw = entry.getValue() | before.getOrDefault(entry.getKey(), 0L);
      failed += (threw & links) != 0 ? 1 : 0;
    }
    for (var entry : before.entrySet()) {
      if (!now.containsKey(entry.getKey())) {
        clients++;
        failed += (entry.getValue() & links) != 0 ? 1 : 0;
      }
    }
    return new ClientCounts(clients, failed);
  }

  private static Object client(Connection connection) {
    var address = connection.handshake().remote().getAddress();
    var anybody =
        address == null || (address.isLoopbackAddress() && connection instanceof CountedConnection);
    return anybody && connection.principal().anonymous()
        ? forwarded(connection)
        : ClientKey.of(connection).site();
  }

  /**
   * The client of a connection from this machine: the address that the nearest proxy added last, or
   * the connection itself. The header decides about nothing else, because the proxy is not trusted.
   */
  private static Object forwarded(Connection connection) {
    var headers = connection.handshake().headers().getOrDefault(FORWARDED, List.of());
    if (headers.isEmpty()) {
      return connection.id();
    }
    var last = headers.getLast();
    return IpAddress.parse(last.substring(last.lastIndexOf(',') + 1).strip())
        .<Object>map(address -> ClientKey.of(new InetSocketAddress(address, 0)).site())
        .orElse(connection.id()); // no address, or one with a port
  }
}
