package io.lhttp.server;

import io.lhttp.Metric;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import java.util.Collection;
import java.util.List;

/**
 * What a server has done since it started, and what it is at; an immutable snapshot.
 *
 * @param connections WebSocket connections that are open now
 * @param opened WebSocket connections that there were, the open ones included
 * @param rejected sockets that were closed at once because of a limit on connections
 * @param acceptFailures how often no connection could be accepted, for want of descriptors mostly
 * @param malformed messages that could not be read
 * @param slowConsumers connections that were closed with 4413
 * @param dropped deliveries that the policies {@code drop-oldest} and {@code latest} left out, or
 *     that an event loop was too busy for
 * @param queuedBytes what waits for clients, of all connections
 * @param deliveryBytes what waits for event loops on its way to subscribers
 * @param memory what may wait in the whole server, in bytes, and what does
 * @param channels that have subscribers here
 * @param draining whether no new connection is taken
 * @param generation the chain's that takes messages now
 * @param generations whose links are not closed: the running one, and older ones that are in use
 * @param links what each link has done, see {@link io.lhttp.internal.chain.Pipeline#statistics}
 * @param metrics what links count of their own
 */
public record ServerStatistics(
    long connections,
    long opened,
    long rejected,
    long acceptFailures,
    long malformed,
    long slowConsumers,
    long dropped,
    long queuedBytes,
    long deliveryBytes,
    Memory memory,
    long channels,
    boolean draining,
    int generation,
    int generations,
    List<LinkStatistics> links,
    List<Metric> metrics) {
  public ServerStatistics {
    links = List.copyOf(links);
    metrics = List.copyOf(metrics);
  }

  /**
   * The memory of all that waits in the server, its limit, and the times it was exceeded.
   *
   * @param limit bytes that may wait
   * @param received bytes that are not handled yet
   * @param exchanges bytes of messages whose exchange is under way
   * @param sending bytes on their way to clients
   * @param pauses how often a connection was no longer read because it held too much
   * @param refusals messages and handshakes that were refused
   * @param closed connections that were closed
   */
  public record Memory(
      long limit,
      long received,
      long exchanges,
      long sending,
      long pauses,
      long refusals,
      long closed) {
    static Memory of(Budget budget, Counters counters) {
      return new Memory(
          budget.bytes(),
          budget.used(Budget.Part.RECEIVED),
          budget.used(Budget.Part.EXCHANGES),
          budget.used(Budget.Part.SENDING),
          counters.memoryPauses(),
          counters.memoryRefusals(),
          counters.memoryCloses());
    }

    /** Bytes that wait, whatever for. */
    public long used() {
      return received + exchanges + sending;
    }
  }

  static ServerStatistics of(ServerContext server, Collection<EventLoopContext> loops) {
    var counters = server.counters();
    var pipeline = server.generations().pipeline();
    return new ServerStatistics(
        counters.connections(),
        counters.opened.sum(),
        counters.rejected(),
        counters.acceptFailures(),
        counters.malformed(),
        counters.slowConsumers(),
        counters.dropped(),
        server.sessions().stream().mapToLong(Session::queuedBytes).sum(),
        loops.stream().mapToLong(loop -> loop.endpoint.waitingBytes()).sum(),
        Memory.of(server.budget(), counters),
        server.hub().channels(),
        server.draining().get(),
        pipeline.generation(),
        server.generations().living(),
        pipeline.statistics(),
        pipeline.metrics());
  }
}
