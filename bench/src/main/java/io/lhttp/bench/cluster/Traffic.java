package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Publishers and subscribers on all servers. One thread uses it. */
final class Traffic {
  /** The prefix of channels with a history. */
  static final String KEPT = "kept-";

  private static final String LIVE = "live-";
  private static final int PUBLISHERS = 6;
  private static final int SUBSCRIBERS = 6;
  private static final int CHANNELS = 4;
  private static final int PATIENCE_SECONDS = 60;
  private static final int LOOK_MILLIS = 10;

  private final List<Publisher> publishers;
  private final List<Subscriber> subscribers;
  private final List<Thread> subscribing = new ArrayList<>();
  private final List<Thread> publishing = new ArrayList<>();
  private final int atOnce;

  /**
   * @param atOnce the number of subscribers that connect at the same time
   */
  Traffic(List<Publisher> publishers, List<Subscriber> subscribers, int atOnce) {
    this.publishers = List.copyOf(publishers);
    this.subscribers = List.copyOf(subscribers);
    this.atOnce = atOnce;
  }

  /**
   * Creates two publishers and two subscribers per server.
   *
   * @param perSecond the publications of all publishers together
   * @param history whether the channels have one
   */
  static Traffic of(Cluster cluster, int perSecond, boolean history) {
    var nodes = cluster.nodes();
    var publishers = new ArrayList<Publisher>();
    for (var i = 0; i < PUBLISHERS; i++) {
      publishers.add(
          publisher(history, "p" + i, nodes, i, channels(history, i, 2), perSecond / PUBLISHERS));
    }
    var subscribers = new ArrayList<Subscriber>();
    for (var i = 0; i < SUBSCRIBERS; i++) {
      subscribers.add(
          new Subscriber(
              "s" + i, nodes, i % nodes.size(), channels(history, i, 3), history, new Arrivals()));
    }
    return new Traffic(publishers, subscribers, SUBSCRIBERS);
  }

  private static Publisher publisher(
      boolean history, String name, List<Node> nodes, int i, List<String> channels, int perSecond) {
    var home = i % nodes.size();
    return history
        ? new InsistentPublisher(name, nodes, home, channels, perSecond)
        : new WindowedPublisher(name, nodes, home, channels, perSecond);
  }

  private static List<String> channels(boolean history, int first, int count) {
    var kind = history ? KEPT : LIVE;
    return IntStream.range(first, first + count).mapToObj(i -> kind + i % CHANNELS).toList();
  }

  /** Starts all; returns when all are subscribed and messages arrive. */
  void start() throws IOException, InterruptedException {
    for (var subscriber : subscribers) {
      subscribing.add(Thread.ofVirtual().start(subscriber));
      if (subscribing.size() % atOnce == 0) {
        await("a subscriber is subscribed", subscriber::subscribed);
      }
    }
    await("all are subscribed", this::allSubscribed);
    for (var publisher : publishers) {
      publishing.add(Thread.ofVirtual().start(publisher));
    }
    awaitProgress();
  }

  long acknowledged() {
    return publishers.stream().mapToLong(Publisher::acknowledged).sum();
  }

  /** Waits until all are connected, and every publisher has published to its channels. */
  void awaitProgress() throws IOException, InterruptedException {
    await("all are subscribed", this::allSubscribed);
    var before = publishers.stream().mapToLong(Publisher::acknowledged).toArray();
    for (var i = 0; i < before.length; i++) {
      var publisher = publishers.get(i);
      var goal = before[i] + 2L * CHANNELS;
      await("a publisher goes on", () -> publisher.acknowledged() >= goal);
    }
  }

  /** Stops publishing, and waits for the last deliveries. */
  Outcome stop() throws IOException, InterruptedException {
    publishers.forEach(Publisher::stop);
    for (var thread : publishing) {
      thread.join();
    }
    var sent = publishers.stream().flatMap(p -> p.sent().stream()).toList();
    var journals = subscribers.stream().flatMap(s -> s.journals().stream()).toList();
    try {
      await("the last messages come", () -> allCame(sent, journals));
    } catch (IOException e) {
      System.err.println(e.getMessage()); // the checker reports missing deliveries
    }
    subscribers.forEach(Subscriber::stop);
    for (var thread : subscribing) {
      thread.join();
    }
    return new Outcome(sent, journals);
  }

  /** The records for the checker. */
  record Outcome(List<Sent> sent, List<Journal> journals) {
    Verdict verdict() {
      return Checker.check(sent, journals);
    }

    Verdict verdict(Mutant mutant) {
      return Checker.check(sent, mutant.of(journals));
    }
  }

  private boolean allSubscribed() {
    return subscribers.stream().allMatch(Subscriber::subscribed);
  }

  private static boolean allCame(List<Sent> sent, List<Journal> journals) {
    for (var stream : sent) {
      var last = stream.acknowledged().length() - 1;
      if (stream.end() != Sent.End.DONE || last < 0) {
        continue;
      }
      var delivered = new Delivered(stream.stream(), last);
      for (var journal : journals) {
        if (journal.channel().equals(stream.channel()) && !journal.endsWith(delivered)) {
          return false;
        }
      }
    }
    return true;
  }

  private static void await(String what, BooleanSupplier condition)
      throws IOException, InterruptedException {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("not within %d s: %s".formatted(PATIENCE_SECONDS, what));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
