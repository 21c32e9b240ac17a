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
 * An immutable snapshot of a server's figures.
 *
 * @param connections open WebSocket connections
 * @param opened WebSocket connections since the start, the open ones included
 * @param rejected sockets and handshakes that were refused because of a limit on connections
 * @param acceptFailures connections that the kernel could not accept, mostly for want of file
 *     descriptors
 * @param malformed messages that could not be read
 * @param slowConsumers connections that were closed with 4413 because the client read too slowly
 * @param dropped deliveries that the server dropped, by the policies {@code drop-oldest} and {@code
 *     latest} or because an event loop was congested
 * @param queuedBytes bytes that wait to be sent, of all connections together
 * @param deliveryBytes bytes of deliveries that wait for event loops
 * @param memory the bytes that wait in the whole server, and their limit
 * @param channels channels with subscribers on this server
 * @param draining whether the server accepts no new connections because it drains
 * @param generation the number of the running generation
 * @param generations the number of generations whose links are open: the running one, and replaced
 *     ones in which exchanges still run
 * @param links the figures of each link; empty if statistics are off
 * @param metrics the figures that links report themselves
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
   * The bytes that wait in the server, their limit, and how often it was exceeded.
   *
   * @param limit bytes that may wait
   * @param received bytes of messages whose exchange has not begun
   * @param exchanges bytes of messages whose exchange runs
   * @param sending bytes on their way to clients
   * @param pauses how often the server stopped reading a connection that held too much
   * @param refusals messages and handshakes that were refused
   * @param closed connections that were closed
   * @param kept bytes that open connections keep: headers of handshakes, and subscriptions
   * @param keptLimit bytes that they may keep
   */
  public record Memory(
      long limit,
      long received,
      long exchanges,
      long sending,
      long pauses,
      long refusals,
      long closed,
      long kept,
      long keptLimit) {
    static Memory of(Budget budget, Counters counters) {
      return new Memory(
          budget.bytes(),
          budget.used(Budget.Part.RECEIVED),
          budget.used(Budget.Part.EXCHANGES),
          budget.used(Budget.Part.SENDING),
          counters.memoryPauses(),
          counters.memoryRefusals(),
          counters.memoryCloses(),
          budget.kept().used(),
          budget.kept().bytes());
    }

    /** The sum of all bytes that wait. */
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
