package io.lhttp.server.internal.connection;

import io.lhttp.HistoryRequest;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionAccount;
import io.lhttp.SubscriptionRequest;
import io.lhttp.Subscriptions;
import io.lhttp.channel.ChannelName;
import io.lhttp.message.Message;
import io.lhttp.server.internal.fanout.Replay;
import io.lhttp.server.internal.fanout.Subscription;
import io.lhttp.server.internal.limit.KeptMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one connection. The session owns it, and all threads may use it.
 *
 * <p>This object tells the hub about each change while it holds its lock. It tells the event loop
 * by a task, which runs after the tasks of earlier publications.
 */
final class SessionSubscriptions implements Subscriptions {
  private static final Outcome.Refused ENDED = Outcome.refused(410, "unsubscribed by the server");

  private final Session session;
  private final OutboundQueue outbound;
  private final ServerContext server;
  private final EventLoopContext loop;

  /**
   * The subscriptions by channel; null once the connection is closed. Guarded by this object's
   * lock.
   */
  private @Nullable Map<String, Subscription> byChannel = Map.of();

  /**
   * The bytes that the broker would need for these channels alone. Guarded by this object's lock.
   */
  private long brokerBytes;

  /** The accounts that count the subscriptions. Guarded by this object's lock. */
  private List<SubscriptionAccount> accounts = List.of();

  SessionSubscriptions(
      Session session, OutboundQueue outbound, ServerContext server, EventLoopContext loop) {
    this.session = session;
    this.outbound = outbound;
    this.server = server;
    this.loop = loop;
  }

  @Override
  public void subscribe(SubscriptionRequest request) {
    var channels = request.channels();
    var history = request.history().orElse(null);
    channels.forEach(ChannelName::require);
    List<Subscription> begun;
    var replayed = new ArrayList<Subscription>();
    synchronized (this) {
      if (byChannel == null) {
        return;
      }
      var fresh = new LinkedHashSet<>(channels);
      fresh.removeAll(byChannel.keySet());
      for (var channel : channels) {
        var known = byChannel.get(channel);
        if (known != null && !request.asked().contains(channel)) {
          known.asked = false; // the server's code owns the subscription from now on
        }
      }
      if (fresh.isEmpty() && history == null) {
        return;
      }
      begun = add(fresh, request.asked(), byChannel);
      if (history != null) {
        for (var channel : channels) {
          replayed.add(Objects.requireNonNull(byChannel.get(channel)));
        }
      }
    }
    if (history == null) {
      loop.offer(() -> begun.forEach(Subscription::begin));
    } else {
      var reply = Replay.replyTo(request);
      loop.offer(() -> {
        begun.forEach(Subscription::begin);
        replay(replayed, history, reply);
      });
    }
  }

  /** See {@link Session#subscribeByServer}. */
  void subscribeByServer(List<String> channels, Optional<HistoryRequest> history) {
    subscribe(new SubscriptionRequest(channels, history, Optional.empty()));
    if (history.isEmpty()) {
      loop.offer(() -> {
        for (var channel : Set.copyOf(channels)) {
          outbound.send(
              Message.builder("subscribed")
                  .header("subscribed", channel)
                  .header("channel", channel)
                  .build());
        }
      });
    }
  }

  /** See {@link Session#endSubscription}. */
  void endByServer(String channel) {
    revoke(channel, ENDED);
  }

  synchronized boolean subscribed(String channel) {
    return byChannel != null && byChannel.containsKey(channel);
  }

  /** Adds subscriptions to all of the channels, or to none. The caller holds this object's lock. */
  private List<Subscription> add(
      Set<String> fresh, Set<String> asked, Map<String, Subscription> before) {
    if (before.size() + fresh.size() > server.limits().channels()) {
      throw new RefusedException(
          409, "no more than " + server.limits().channels() + " channels per connection");
    }
    requireMemory(before.size(), fresh);
    takeOfAccounts(fresh.size());
    List<Subscription> begun;
    try {
      begun = join(fresh);
    } catch (RuntimeException | Error e) {
      giveBack(accounts, fresh.size());
      throw e;
    }
    var all = before.isEmpty() ? HashMap.<String, Subscription>newHashMap(begun.size()) : before;
    byChannel = all;
    for (var subscription : begun) {
      subscription.asked = asked.contains(subscription.channel.name);
      all.put(subscription.channel.name, subscription);
    }
    // after all are in the map, so that the connection's end gives back the same number
    server.budget().kept().add(KeptMemory.ofSubscriptions(begun.size()));
    for (var subscription : begun) {
      brokerBytes += server.hub().channelBytes(subscription.channel.name);
      server.hub().joined(session, subscription.channel.name);
    }
    return begun;
  }

  /** Takes subscriptions of all accounts, or of none if one refuses. */
  private void takeOfAccounts(int count) {
    for (var i = 0; count > 0 && i < accounts.size(); i++) {
      try {
        accounts.get(i).take(count);
      } catch (RuntimeException | Error e) {
        giveBack(accounts.subList(0, i), count);
        throw e;
      }
    }
  }

  private static void giveBack(List<SubscriptionAccount> accounts, int count) {
    accounts.forEach(account -> account.giveBack(count));
  }

  @Override
  public synchronized void count(SubscriptionAccount account) {
    if (byChannel != null && !accounts.contains(account)) {
      var more = new ArrayList<>(accounts);
      more.add(account);
      accounts = List.copyOf(more);
      account.add(byChannel.size());
    }
  }

  @Override
  public synchronized void uncount(SubscriptionAccount account) {
    if (byChannel != null && accounts.contains(account)) {
      accounts = accounts.stream().filter(other -> !other.equals(account)).toList();
      account.giveBack(byChannel.size());
    }
  }

  /** Refuses more subscriptions if the connection would keep too much of the server's memory. */
  private void requireMemory(int before, Set<String> fresh) {
    var more = KeptMemory.ofSubscriptions(fresh.size());
    for (var channel : fresh) {
      if (!server.hub().subscribed(channel)) {
        more += KeptMemory.ofChannel(channel) + server.hub().channelBytes(channel);
      }
    }
    session.requireMemory(KeptMemory.mostOfSubscriptions(before) + brokerBytes, more);
  }

  /** Subscribes at the hub to all channels, or to none if the broker refuses one. */
  private List<Subscription> join(Set<String> channels) {
    var joined = new ArrayList<Subscription>(channels.size());
    try {
      for (var channel : channels) {
        var subscribers = server.hub().join(channel, loop.index, session);
        joined.add(
            new Subscription(outbound, subscribers, server.slowConsumers().policyOf(channel)));
      }
    } catch (RuntimeException | Error e) {
      for (var subscription : joined) {
        server.hub().leave(subscription.channel.name, loop.index);
      }
      throw e;
    }
    return joined;
  }

  /** Begins the replays of one request. Called on the event loop. */
  private void replay(List<Subscription> replayed, HistoryRequest history, Message reply) {
    var source = new Replay.Source(server.hub(), server.budget(), this);
    for (var i = 0; i < replayed.size(); i++) {
      if (replayed.indexOf(replayed.get(i)) == i) { // a request may name a channel twice
        Replay.begin(replayed.get(i), source, history, reply, i);
      }
    }
  }

  @Override
  public void unsubscribe(String channel) {
    leave(channel, () -> {});
  }

  @Override
  public void revoke(String channel, Outcome.Refused why) {
    var notice =
        Message.builder("unsubscribed")
            .header("unsubscribed", channel)
            .header("status", Integer.toString(why.status()))
            .header("error", why.reason())
            .build();
    leave(channel, () -> outbound.send(notice));
  }

  /**
   * Ends a subscription, if there is one.
   *
   * @param afterwards runs on the event loop, when no delivery of the subscription can follow
   */
  private void leave(String channel, Runnable afterwards) {
    Subscription subscription;
    synchronized (this) {
      if (byChannel == null || !byChannel.containsKey(channel)) {
        return;
      }
      subscription = Objects.requireNonNull(byChannel.remove(channel));
      server.budget().kept().add(-KeptMemory.ofSubscriptions(1));
      brokerBytes -= server.hub().channelBytes(channel);
      giveBack(accounts, 1);
      server.hub().left(session, channel, false);
    }
    server.hub().leave(channel, loop.index);
    // Ended by a task, because earlier publications are tasks of the same event loop and are
    // still delivered.
    loop.offer(() -> {
      subscription.end();
      afterwards.run();
    });
  }

  @Override
  public synchronized Set<String> channels() {
    return byChannel == null ? Set.of() : Set.copyOf(byChannel.keySet());
  }

  @Override
  public synchronized Set<String> asked() {
    if (byChannel == null) {
      return Set.of();
    }
    var asked = new HashSet<String>();
    for (var subscription : byChannel.values()) {
      if (subscription.asked) {
        asked.add(subscription.channel.name);
      }
    }
    return asked;
  }

  /** Reports the connection's new user to the broker, for each channel. */
  synchronized void rejoin() {
    if (byChannel != null) {
      byChannel.keySet().forEach(channel -> server.hub().joined(session, channel));
    }
  }

  /** Whether the client itself has requested any of the subscriptions. */
  synchronized boolean anyAsked() {
    return byChannel != null && byChannel.values().stream().anyMatch(s -> s.asked);
  }

  /** Ends all subscriptions after the socket was closed. Called on the event loop. */
  void end() {
    for (var subscription : takeAll()) {
      server.hub().left(session, subscription.channel.name, true);
      server.hub().leave(subscription.channel.name, loop.index);
      subscription.end();
    }
  }

  private synchronized List<Subscription> takeAll() {
    var taken = byChannel == null ? List.<Subscription>of() : List.copyOf(byChannel.values());
    byChannel = null;
    giveBack(accounts, taken.size());
    accounts = List.of();
    server.budget().kept().add(-KeptMemory.ofSubscriptions(taken.size()));
    return taken;
  }
}
