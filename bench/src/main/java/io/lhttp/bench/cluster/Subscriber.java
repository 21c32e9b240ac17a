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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records the deliveries of its channels. If its connection breaks, it connects to another server;
 * on channels with a history it asks for missed messages.
 */
final class Subscriber implements Runnable {
  private static final int PAUSE_MILLIS = 50;
  private static final Pattern RETRY_AFTER = Pattern.compile("retry-after=(\\d+(\\.\\d+)?)");
  private static final String SUBSCRIBED = "subscribed";

  /** One string object for each stream name, because there are millions of deliveries. */
  private static final ConcurrentMap<String, String> STREAMS = new ConcurrentHashMap<>();

  private final List<Node> nodes;
  private final boolean history;
  private final Arrivals arrivals;
  private final Map<String, Journal> journals = new LinkedHashMap<>();
  private final Map<String, String> positions = new HashMap<>();
  private int home;

  /** The number of channels with a history whose subscription reply is missing. */
  private int awaited;

  private long away = System.nanoTime();
  private volatile boolean subscribed;
  private volatile boolean stopping;
  private volatile @Nullable Peer peer;

  /**
   * @param home the index of the first node
   * @param history whether the channels have one
   * @param arrivals records each connection attempt
   */
  Subscriber(
      String name,
      List<Node> nodes,
      int home,
      List<String> channels,
      boolean history,
      Arrivals arrivals) {
    this.nodes = nodes;
    this.home = home;
    this.history = history;
    this.arrivals = arrivals;
    channels.forEach(channel -> journals.put(channel, new Journal(name, channel)));
  }

  List<Journal> journals() {
    return List.copyOf(journals.values());
  }

  /** Whether it is subscribed to all of its channels. */
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
      arrivals.add(System.nanoTime());
      try (var p = Peer.connect(nodes.get(home).port())) {
        peer = p;
        awaited = journals.size();
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
        pause(e);
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
      subscriptionReply(message);
    } else if (!message.headers().is("status", "200")) {
      throw new IOException("not subscribed: " + message);
    } else {
      firstMessage();
    }
  }

  private void delivered(String channel, Message message) {
    firstMessage();
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

  /** Handles a subscription reply, which comes before the replay. */
  private void subscriptionReply(Message reply) {
    var channel = reply.header("channel").orElseThrow();
    reply.header("position").ifPresent(position -> positions.put(channel, position));
    if (!reply.headers().is("recovered", "true")) {
      journal(channel).add(new Gap(away, System.nanoTime()));
    }
    awaited--;
    subscribed = awaited == 0;
  }

  /** Handles the first answer or delivery of a connection on channels without a history. */
  private void firstMessage() {
    if (!history && !subscribed) {
      subscribed = true;
      journals.values().forEach(journal -> journal.add(new Gap(away, System.nanoTime())));
    }
  }

  private Journal journal(String channel) {
    var journal = journals.get(channel);
    if (journal == null) {
      throw new IllegalStateException("a delivery by a channel that nobody asked for: " + channel);
    }
    return journal;
  }

  /** Waits for as long as a draining server asked for. */
  private static void pause(IOException why) {
    var asked = RETRY_AFTER.matcher(why instanceof Peer.ClosedException c ? c.reason() : "");
    try {
      Thread.sleep(
          asked.find() ? Math.round(Double.parseDouble(asked.group(1)) * 1000) : PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
