package io.lhttp.filters.presence;

import static java.util.Objects.requireNonNull;

import io.lhttp.Connection;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A network of servers with one broker. The test advances the time and the deliveries on its own
 * thread.
 */
public final class FakeNetwork {
  public static final String ROOM = "room:a";

  public final ManualClock clock = new ManualClock();
  public final List<Server> servers = new ArrayList<>();

  /** The number of messages that servers have sent each other. */
  public int messages;

  /** One server with its end of the network. */
  public final class Server implements Broker {
    public final Presence presence;
    private final ManualTicker ticker = new ManualTicker();
    public final Broker broker;
    public final Map<String, RecordingConnection> connections = new HashMap<>();
    private final Map<String, Subscriber> channels = new HashMap<>();
    public boolean away;
    public boolean deaf;
    public boolean dead;

    public Server(Map<String, PresenceRule> rules) {
      presence = new Presence(rules, clock, clock::nanoTime, ticker);
      broker = presence.over(this);
    }

    /** Connects as this user and subscribes. */
    public RecordingConnection join(String user, String id) {
      return join(user, id, ROOM);
    }

    public RecordingConnection join(String user, String id, String channel) {
      var connection = connections.computeIfAbsent(id, RecordingConnection::new);
      connection.authenticate(user.isEmpty() ? Principal.ANONYMOUS : new Principal(user, Map.of()));
      broker.joined(connection, channel);
      return connection;
    }

    /** Connects, subscribes and asks for presence events. */
    public RecordingConnection watch(String user, String id) {
      var connection = join(user, id);
      presence.afterSubscribing(
          connection,
          Message.builder("subscribe").header("presence-events", "true").build(),
          List.of(ROOM));
      return connection;
    }

    public void disconnect(String id) {
      broker.left(requireNonNull(connections.remove(id)), ROOM, true);
    }

    public void leave(String id) {
      broker.left(requireNonNull(connections.get(id)), ROOM, false);
    }

    @Override
    public void start() {}

    @Override
    public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
      channels.put(channel, subscriber);
      return new Feed() {
        @Override
        public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
          return Server.this.publish(channel, message, by);
        }

        @Override
        public void end() {
          channels.remove(channel);
        }
      };
    }

    @Override
    public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
      if (away) {
        throw new RefusedException(503, "away");
      }
      messages++;
      for (var other : servers) {
        var subscriber = other.channels.get(channel);
        if (subscriber != null && other != this && !other.away && !other.deaf && !other.dead) {
          subscriber.deliver(message);
        }
      }
      return TAKEN;
    }

    @Override
    public boolean connected() {
      return !away;
    }

    @Override
    public void close() {}
  }

  public Server server(Map<String, PresenceRule> rules) {
    var server = new Server(rules);
    server.broker.start();
    servers.add(server);
    return server;
  }

  /** Advances the time in steps. In each step every server runs its tick. */
  public void pass(Duration time) {
    for (var left = time.toMillis(); left > 0; left -= 250) {
      clock.advance(Duration.ofMillis(250));
      servers.stream().filter(server -> !server.dead).forEach(server -> server.ticker.tick());
    }
  }

  /** Advances the time so far that each server has announced its changes to all others. */
  public void settle() {
    pass(Duration.ofSeconds(4));
  }
}
