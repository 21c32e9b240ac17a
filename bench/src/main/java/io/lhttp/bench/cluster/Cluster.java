package io.lhttp.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers under test and the NATS server that connects them. One thread uses it; all threads
 * may use {@code nodes}.
 */
final class Cluster implements AutoCloseable {
  static final int NODES = 3;

  private static final String APPLICATION =
      """
      listen: 127.0.0.1:8081
      chain: [ pubsub ]
      broker:
        nats:
          servers: [ "nats://127.0.0.1:${NATS_PORT}" ]
          connect-time: 1s
      admin: false
      limits:
        connections-per-address: 20000
        handshakes-per-address: 20000
      """;

  private final Nats nats;
  private final List<Node> nodes;

  private Cluster(Nats nats, List<Node> nodes) {
    this.nats = nats;
    this.nodes = List.copyOf(nodes);
  }

  /**
   * Starts the servers and NATS; returns when they are ready.
   *
   * @param folder an empty folder
   * @param more further lines of the servers' {@code lhttp.yaml}
   */
  static Cluster start(Path folder, String more) throws IOException, InterruptedException {
    var application = Files.createDirectory(folder.resolve("application"));
    Files.writeString(application.resolve("lhttp.yaml"), APPLICATION + more);
    var nats = Nats.start(Files.createDirectory(folder.resolve("jetstream")));
    var nodes = new ArrayList<Node>();
    try {
      for (var i = 0; i < NODES; i++) {
        nodes.add(Node.start(application, List.of(), nats.port()));
      }
      for (var node : nodes) {
        node.awaitReady();
      }
    } catch (IOException | InterruptedException e) {
      new Cluster(nats, nodes).close();
      throw e;
    }
    return new Cluster(nats, nodes);
  }

  Nats nats() {
    return nats;
  }

  List<Node> nodes() {
    return nodes;
  }

  void awaitReady() throws IOException, InterruptedException {
    for (var node : nodes) {
      node.awaitReady();
    }
  }

  @Override
  public void close() throws IOException {
    for (var node : nodes) {
      node.close();
    }
    nats.close();
  }
}
