package io.lhttp.control;

import java.time.Duration;
import java.util.List;

/**
 * The servers that share a broker.
 *
 * @param servers those that answered, by id; {@link Reach#silent} names the others
 */
public record Servers(Reach reach, List<Server> servers) {
  public Servers {
    servers = List.copyOf(servers);
  }

  /**
   * One server.
   *
   * @param id unique among the servers, new at each start
   * @param self whether it is the server that was asked
   * @param version the version of LHTTP; empty if it is not known
   * @param uptime the time since its start, in whole milliseconds
   * @param connections the number of open connections
   * @param channels the number of channels with subscribers on this server
   * @param generation the number of its running chain
   * @param draining whether it accepts no new connections
   */
  public record Server(
      String id,
      boolean self,
      String version,
      Duration uptime,
      long connections,
      long channels,
      long generation,
      boolean draining) {}
}
