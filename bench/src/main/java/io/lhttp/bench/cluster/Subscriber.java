package io.lhttp.bench.cluster;

import io.lhttp.bench.cluster.Journal.Delivered;
import io.lhttp.bench.cluster.Journal.Gap;
import io.lhttp.bench.cluster.Journal.Missed;
import io.lhttp.message.Message;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what comes by its channels. Where its connection breaks, it comes back to another
 * server; with a history, it asks for what it missed.
 */
final class Subscriber implements Runnable {
  private static final int PAUSE_MILLIS = 50;
  private static final String SUBSCRIBED = "subscribed";

  /** One object for each name: there are millions of deliveries. */
  private static final ConcurrentMap<String, String> STREAMS = new ConcurrentHashMap<>();

  private final List<Node> nodes;
  private final boolean history;
  private final Map<String, Journal> journals = new LinkedHashMap<>();
  private final Map<String, String> positions = new HashMap<>();
  private int home;
  private long away = System.nanoTime();
  private volatile boolean subscribed;
  private volatile boolean stopping;
  private volatile @Nullable Peer peer;

  /**
   * @param home the index of the node to begin with
   * @param history whether the channels have one
   */
  Subscriber(String name, List<Node> nodes, int home, List<String> channels, boolean history) {
    this.nodes = nodes;
    this.home = home;
    this.history = history;
    channels.forEach(channel -> journals.put(channel, new Journal(name, channel)));
  }

  List<Journal> journals() {
    return List.copyOf(journals.values());
  }

  /** Whether it is subscribed to all of its channels now. */
  boolean subscribed() {
    return subscribed;
  }

  void stop() {
    stopping = true;
    var p = peer;
    if (p != null) {
      p.close();
    }
  }

  @Override
  public void run() {
    while (!stopping) {
      try (var p = Peer.connect(nodes.get(home).port())) {
        peer = p;
        p.send(subscription());
        while (!stopping) {
          take(p.receive());
        }
      } catch (IOException e) {
        if (subscribed) {
          away = System.nanoTime();
          subscribed = false;
        }
        home = (home + 1) % nodes.size();
        pause();
      }
    }
  }

  private Message subscription() {
    var message =
        Message.builder("listen")
            .header("subscribe", String.join(" ", journals.keySet()))
            .header("ack", "true")
            .header("id", SUBSCRIBED);
    if (history) {
      var since = journals.keySet().stream().map(c -> positions.getOrDefault(c, "now")).toList();
      message.header("since", String.join(" ", since));
    }
    return message.build();
  }

  private void take(Message message) throws IOException {
    var publish = message.header("publish");
    if (publish.isPresent()) {
      delivered(publish.get(), message);
    } else if (message.headers().has("channel")) {
      noticed(message);
    } else if (!message.headers().is("status", "200")) {
      throw new IOException("not subscribed: " + message);
    } else {
      begun();
    }
  }

  private void delivered(String channel, Message message) {
    begun();
    var journal = journal(channel);
    message.header("missed").ifPresent(n -> journal.add(new Missed(Long.parseLong(n))));
    message.header("position").ifPresent(position -> positions.put(channel, position));
    var body = message.body();
    var space = body.indexOf(' ');
    var stream = body.substring(0, space);
    journal.add(
        new Delivered(
            Optional.ofNullable(STREAMS.putIfAbsent(stream, stream)).orElse(stream),
            Long.parseLong(body.substring(space + 1))));
  }

  /** What the server says of a channel with a history, before it sends what was missed. */
  private void noticed(Message notice) {
    var channel = notice.header("channel").orElseThrow();
    notice.header("position").ifPresent(position -> positions.put(channel, position));
    if (!notice.headers().is("recovered", "true")) {
      journal(channel).add(new Gap(away, System.nanoTime()));
    }
  }

  /** The first answer or delivery of a connection: it is subscribed. */
  private void begun() {
    if (!subscribed) {
      subscribed = true;
      if (!history) {
        journals.values().forEach(journal -> journal.add(new Gap(away, System.nanoTime())));
      }
    }
  }

  private Journal journal(String channel) {
    var journal = journals.get(channel);
    if (journal == null) {
      throw new IllegalStateException("a delivery by a channel that nobody asked for: " + channel);
    }
    return journal;
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
