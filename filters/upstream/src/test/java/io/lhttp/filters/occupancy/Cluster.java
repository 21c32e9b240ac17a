package io.lhttp.filters.occupancy;

import io.lhttp.testing.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Servers, a network between them and a backend, all in one thread with one clock. The test moves
 * the time.
 */
final class Cluster {
  static final Duration TICK = Duration.ofMillis(250);

  final ManualClock clock = new ManualClock();
  final Map<String, Node> nodes = new LinkedHashMap<>();

  /** The events that the backend has taken, in order. */
  final List<OccupancyEvent> taken = new ArrayList<>();

  final Random random;

  /** The longest delay of a message and of a report, in ticks. */
  int delay;

  /** The share of messages that get lost, and of reports that fail, in percent. */
  int loss;

  int failures;
  private int names;
  private int ids;

  /** A message on its way. */
  private record Sent(PeerMessage message, long arrives) {}

  /** A report on its way. */
  private record Report(Node by, OccupancyEvent event, boolean ok, long ends) {}

  private final Map<String, Deque<Sent>> wires = new HashMap<>();
  private final List<Report> reports = new ArrayList<>();
  private long ticks;

  Cluster(long seed) {
    random = new Random(seed);
  }

  /** A server. */
  final class Node {
    final String name;
    final OccupancyState state;
    final Map<String, Integer> subscribers = new HashMap<>();

    /** The part of the network that the server is in. */
    int side;

    /** Whether the server knows that it has no connection. */
    boolean away;

    boolean still;

    private Node(String name) {
      this.name = name;
      this.state = new OccupancyState(name, 1_000, clock::nanoTime, clock, () -> "id" + ++ids);
      state.cover(channel -> true);
    }

    void join(String channel) {
      if (subscribers.merge(channel, 1, Integer::sum) == 1) {
        state.opened(channel, null);
      }
    }

    void leave(String channel) {
      var count = subscribers.getOrDefault(channel, 0);
      if (count == 1) {
        subscribers.remove(channel);
        state.closed(channel);
      } else if (count > 1) {
        subscribers.put(channel, count - 1);
      }
    }
  }

  Node start() {
    var node = new Node("server-" + ++names);
    nodes.put(node.name, node);
    return node;
  }

  /** Ends a server without a word. Its reports may still arrive. */
  void kill(Node node) {
    nodes.remove(node.name);
    wires.keySet().removeIf(wire -> wire.endsWith(" " + node.name));
  }

  /** Ends a server in order. */
  void stop(Node node) {
    for (var channel : List.copyOf(node.subscribers.keySet())) {
      node.subscribers.put(channel, 1);
      node.leave(channel);
    }
    pass(Duration.ofSeconds(5));
    send(node, node.state.bye());
    kill(node);
  }

  void pass(Duration time) {
    for (var left = time.toMillis(); left > 0; left -= TICK.toMillis()) {
      clock.advance(TICK);
      ticks++;
      deliver();
      for (var node : List.copyOf(nodes.values())) {
        if (!node.still) {
          var output = node.state.tick(true, !node.away);
          output.messages().forEach(message -> send(node, message));
          output
              .events()
              .forEach(event ->
                  reports.add(
                      new Report(
                          node,
                          event,
                          random.nextInt(100) >= failures,
                          ticks + random.nextInt(delay + 1))));
        }
      }
      endReports();
    }
  }

  private void send(Node from, PeerMessage message) {
    for (var to : nodes.values()) {
      if (to != from
          && to.side == from.side
          && !to.away
          && !from.away
          && random.nextInt(100) >= loss) {
        var wire = wires.computeIfAbsent(from.name + " " + to.name, _ -> new ArrayDeque<>());
        var last = wire.peekLast();
        var arrives = ticks + random.nextInt(delay + 1);
        // the broker keeps the order of one sender's messages
        wire.add(new Sent(message, last == null ? arrives : Math.max(last.arrives, arrives)));
      }
    }
  }

  private void deliver() {
    for (var wire : wires.entrySet()) {
      var to = nodes.get(wire.getKey().substring(wire.getKey().indexOf(' ') + 1));
      while (!wire.getValue().isEmpty() && wire.getValue().getFirst().arrives <= ticks) {
        var message = wire.getValue().removeFirst().message;
        if (to != null) {
          PeerMessage.read(message.write()).ifPresent(to.state::receive);
        }
      }
    }
  }

  private void endReports() {
    for (var report : List.copyOf(reports)) {
      if (report.ends <= ticks) {
        reports.remove(report);
        if (report.ok) {
          taken.add(report.event);
        }
        if (nodes.containsKey(report.by.name)) {
          report.by.state.reported(report.event, report.ok);
        }
      }
    }
  }

  /** The channels that have subscribers. */
  Set<String> occupied() {
    var occupied = new HashSet<String>();
    nodes.values().forEach(node -> occupied.addAll(node.subscribers.keySet()));
    return occupied;
  }

  /** The channels that are occupied, as a backend sees it that heeds versions. */
  Set<String> seen() {
    var last = new HashMap<String, OccupancyEvent>();
    for (var event : taken) {
      last.merge(event.channel(), event, (a, b) -> a.version() > b.version() ? a : b);
    }
    var seen = new HashSet<String>();
    last.values().stream().filter(OccupancyEvent::occupied).forEach(e -> seen.add(e.channel()));
    return seen;
  }

  /** The channels that are occupied, as a backend sees it that heeds the order of arrival. */
  Set<String> heard() {
    var heard = new HashSet<String>();
    for (var event : taken) {
      if (event.occupied()) {
        heard.add(event.channel());
      } else {
        heard.remove(event.channel());
      }
    }
    return heard;
  }

  /** The events of a channel, such as {@code +id1 -id1}. */
  String story(String channel) {
    var story = new StringBuilder();
    for (var event : taken) {
      if (event.channel().equals(channel)) {
        story.append(event.occupied() ? " +" : " -").append(event.occupation());
      }
    }
    return story.toString().strip();
  }

  /** Returns one of the servers, of which there is at least one. */
  Node any() {
    var all = List.copyOf(nodes.values());
    return all.get(random.nextInt(all.size()));
  }
}
