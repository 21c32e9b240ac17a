package io.lhttp.bench.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Publishes at a steady pace and asks for acknowledgements, of which several may be pending. Each
 * of its connections is a {@link Stream} of its own, because order is promised per connection.
 * Publications without an acknowledgement at the end of a connection count as not sent, even if
 * they are delivered.
 */
final class WindowedPublisher implements Publisher {
  private static final int WINDOW = 8;
  private static final long PATIENCE_SECONDS = 60;
  private static final int PAUSE_MILLIS = 50;

  private final String name;
  private final List<Node> nodes;
  private final List<String> channels;
  private final long intervalNanos;
  private final LongAdder acknowledged = new LongAdder();

  /** Written by the publisher's thread; others read it after the end. */
  private final List<Stream> streams = new ArrayList<>();

  private int home;
  private volatile boolean stopping;

  /**
   * @param home the index of the first node
   */
  WindowedPublisher(String name, List<Node> nodes, int home, List<String> channels, int perSecond) {
    this.name = name;
    this.nodes = nodes;
    this.home = home;
    this.channels = List.copyOf(channels);
    this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
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
    return streams.stream().flatMap(stream -> stream.sent().stream()).toList();
  }

  @Override
  public void run() {
    while (!stopping) {
      var node = nodes.get(home);
      try (var peer = Peer.connect(node.port())) {
        publish(peer, stream(node, node.life()));
      } catch (IOException e) {
        home = (home + 1) % nodes.size();
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private Stream stream(Node node, int life) {
    return new Stream(name + "." + streams.size(), channels, () -> node.wasKilled(life));
  }

  private void publish(Peer peer, Stream stream) throws IOException, InterruptedException {
    streams.add(stream);
    var window = new Semaphore(WINDOW);
    var pending = new ConcurrentLinkedQueue<Stream.Publication>();
    var reader = Thread.ofVirtual().start(() -> takeAnswers(peer, stream, pending, window));
    try {
      var next = System.nanoTime();
      while (!stopping && !stream.broken()) {
        next = Math.max(next + intervalNanos, System.nanoTime() - WINDOW * intervalNanos);
        TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        if (window.tryAcquire(100, TimeUnit.MILLISECONDS)) {
          var publication = stream.next();
          pending.add(publication);
          peer.send(publication.message());
        }
      }
      if (!stream.broken() && window.tryAcquire(WINDOW, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        stream.done();
      }
    } finally {
      stream.ended();
      peer.close();
      reader.join();
    }
    if (stream.broken()) {
      throw new IOException("the connection broke");
    }
  }

  private void takeAnswers(
      Peer peer, Stream stream, Queue<Stream.Publication> pending, Semaphore window) {
    try {
      while (true) {
        var answer = peer.receive();
        var publication = pending.remove();
        if (!answer.headers().is("id", publication.id())) {
          throw new IllegalStateException("answered out of order: " + answer);
        }
        if (answer.headers().is("status", "200")) {
          stream.acknowledge(publication);
          acknowledged.increment();
        } else {
          stream.refuse(publication);
        }
        window.release();
      }
    } catch (IOException e) {
      stream.breaks();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
