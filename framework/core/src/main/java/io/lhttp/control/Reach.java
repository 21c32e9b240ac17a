package io.lhttp.control;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The servers that an operation reached. Immutable.
 *
 * @param servers the servers that answered, by id
 * @param silent the ids of the known servers that did not answer before the deadline. An operation
 *     may have run there nevertheless
 * @param allKnown whether no further server can exist. It is false while the broker is out of reach
 *     and shortly after, and for a broker that doesn't know its servers
 * @param sinceHeard for each silent server the time since it was last heard of, if the broker knows
 *     it. A server that runs is heard of each second
 */
public record Reach(
    List<Server> servers, List<String> silent, boolean allKnown, Map<String, Duration> sinceHeard) {
  public Reach {
    sinceHeard = Map.copyOf(sinceHeard);
    servers = servers.stream().sorted(Comparator.comparing(Server::id)).toList();
    silent = silent.stream().sorted().toList();
  }

  /** Creates the reach of an operation without silent servers of which more is known. */
  public Reach(List<Server> servers, List<String> silent, boolean allKnown) {
    this(servers, silent, allKnown, Map.of());
  }

  /**
   * A server that answered.
   *
   * @param id unique among the servers, new at each start
   * @param connections the connections that the target matched there; 0 for a question without a
   *     target
   */
  public record Server(String id, long connections) {}

  /** The number of connections on all servers that answered. */
  public long connections() {
    return servers.stream().mapToLong(Server::connections).sum();
  }

  /** Whether all servers answered. */
  public boolean complete() {
    return allKnown && silent.isEmpty();
  }
}
