package io.lhttp.bench.cluster;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to channels with a history. It repeats each message, with its {@code message-id}, until
 * a server acknowledges it, and only then sends the next one. Hence all its messages are one
 * stream, over all connections.
 */
final class InsistentPublisher implements Publisher {
  private static final int PAUSE_MILLIS = 50;

  private final List<Node> nodes;
  private final long intervalNanos;
  private final Stream stream;
  private final LongAdder acknowledged = new LongAdder();
  private Stream.@Nullable Publication current;
  private int home;
  private volatile boolean stopping;

  /**
   * @param home the index of the node to begin with
   */
  InsistentPublisher(
      String name, List<Node> nodes, int home, List<String> channels, int perSecond) {
    this.nodes = nodes;
    this.home = home;
    this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.stream = new Stream(name, channels, () -> false);
  }

  @Override
  public long acknowledged() {
    return acknowledged.sum();
  }

  @Override
  public void stop() {
    stopping = true;
  }

  @Override
  public List<Sent> sent() {
    return stream.sent();
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        try (var peer = Peer.connect(nodes.get(home).port())) {
          publish(peer);
        } catch (IOException e) {
          home = (home + 1) % nodes.size();
          Thread.sleep(PAUSE_MILLIS);
        }
      }
      stream.done();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stream.ended();
    }
  }

  /** Continues with the message that was not acknowledged before. */
  private void publish(Peer peer) throws IOException, InterruptedException {
    var next = System.nanoTime();
    while (!stopping) {
      TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
      next = Math.max(next + intervalNanos, System.nanoTime() - 4 * intervalNanos);
      var publication = current == null ? stream.next() : current;
      current = publication;
      peer.send(publication.message());
      var answer = peer.receive();
      if (!answer.headers().is("id", publication.id())) {
        throw new IllegalStateException("an answer to something else: " + answer);
      }
      if (answer.headers().is("status", "200")) {
        stream.acknowledge(publication);
        acknowledged.increment();
        current = null;
      } else {
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }
}
