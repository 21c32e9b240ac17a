package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Publishers and subscribers on all servers. For one thread. */
final class Traffic {
  private static final int PUBLISHERS = 6;
  private static final int SUBSCRIBERS = 6;
  private static final int CHANNELS = 4;
  private static final int PATIENCE_SECONDS = 60;
  private static final int LOOK_MILLIS = 10;

  private final List<Publisher> publishers;
  private final List<Subscriber> subscribers;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param perSecond publications, of all publishers together
   */
  Traffic(Cluster cluster, int perSecond, boolean history) {
    var nodes = cluster.nodes();
    publishers =
        IntStream.range(0, PUBLISHERS)
            .mapToObj(i ->
                new Publisher(
                    "p" + i, nodes, i % nodes.size(), channels(i, 2), perSecond / PUBLISHERS))
            .toList();
    subscribers =
        IntStream.range(0, SUBSCRIBERS)
            .mapToObj(
                i -> new Subscriber("s" + i, nodes, i % nodes.size(), channels(i, 3), history))
            .toList();
  }

  private static List<String> channels(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(i -> "channel-" + i % CHANNELS).toList();
  }

  /** Returns when all are subscribed and messages flow. */
  void start() throws IOException, InterruptedException {
    for (var subscriber : subscribers) {
      threads.add(Thread.ofVirtual().start(subscriber));
    }
    await("all are subscribed", this::allSubscribed);
    for (var publisher : publishers) {
      threads.add(Thread.ofVirtual().start(publisher));
    }
    awaitProgress();
  }

  long acknowledged() {
    return publishers.stream().mapToLong(Publisher::acknowledged).sum();
  }

  /** Waits until everybody is connected, and every publisher has published to its channels. */
  void awaitProgress() throws IOException, InterruptedException {
    await("all are subscribed", this::allSubscribed);
    for (var publisher : publishers) {
      var goal = publisher.acknowledged() + 2L * CHANNELS;
      await("a publisher goes on", () -> publisher.acknowledged() >= goal);
    }
  }

  /** Publishes no more, and waits until the last publications have come. */
  Outcome stop() throws IOException, InterruptedException {
    publishers.forEach(Publisher::stop);
    for (var thread : threads.subList(SUBSCRIBERS, threads.size())) {
      thread.join();
    }
    var sent = publishers.stream().flatMap(p -> p.sent().stream()).toList();
    var journals = subscribers.stream().flatMap(s -> s.journals().stream()).toList();
    try {
      await("the last messages come", () -> allCame(sent, journals));
    } catch (IOException e) {
      System.err.println(e.getMessage()); // the checker says what is missing
    }
    subscribers.forEach(Subscriber::stop);
    for (var thread : threads) {
      thread.join();
    }
    return new Outcome(sent, journals);
  }

  /** All there is to check. */
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
