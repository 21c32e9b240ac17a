package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.client.internal.protocol.ChannelNames;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Joins, leaves and recovers channels by the channel states of docs/client-states.md. The client's
 * lock guards it.
 */
final class Subscriptions {
  /** The most channels in one message, a limit of the protocol. */
  static final int CHANNELS_PER_MESSAGE = 64;

  /**
   * The most bytes of the channel names and spaces in one message, so that the header line stays
   * below 8 KiB.
   */
  static final int CHANNEL_BYTES_PER_MESSAGE = 8_000;

  private final ClientConnection connection;
  private final Notifier notifier;
  private final String session;
  private final Map<String, Channel> byName = new LinkedHashMap<>();

  Subscriptions(ClientConnection connection, Notifier notifier, String session) {
    this.connection = connection;
    this.notifier = notifier;
    this.session = session;
  }

  Optional<Channel> get(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  // --- calls of the application

  Subscription add(String name, SubscribeOptions options, Consumer<Delivery> callback) {
    var channel = byName.computeIfAbsent(name, Channel::new);
    // an earlier subscription to the channel may still be ending
    var first = channel.subscribers.isEmpty();
    if (first) {
      channel.begin(options);
    } else if (!options.equals(SubscribeOptions.NONE)) {
      throw new IllegalStateException(
          "'%s' is subscribed to already; only its first subscription may have options"
              .formatted(name));
    }
    var subscription = new Subscription(connection, name, callback);
    var all = new ArrayList<>(channel.subscribers);
    all.add(subscription);
    channel.subscribers = List.copyOf(all);
    if (first) {
      join(List.of(channel), 0, false);
    } else if (channel.state() == Channel.State.JOINED) {
      subscription.confirm();
    }
    return subscription;
  }

  void remove(Subscription subscription) {
    var channel = byName.get(subscription.channel());
    if (!subscription.active || channel == null) {
      subscription.left();
      return;
    }
    channel.subscribers =
        channel.subscribers.stream().filter(other -> other != subscription).toList();
    subscription.end();
    if (!channel.subscribers.isEmpty()) {
      subscription.left();
      return;
    }
    channel.byServer = false; // the server ends the subscription, whoever has made it
    if (connection.isOpen()) {
      new Leave(connection, this, channel, subscription).start();
    } else {
      forget(channel);
      subscription.left();
    }
  }

  // --- events of the connection

  /** Joins all channels over a new connection, with as few messages as possible. */
  void opened() {
    var batch = new ArrayList<Channel>();
    var bytes = 0;
    var channels = List.copyOf(byName.values());
    channels.stream()
        .filter(Channel::needsOwnMessage)
        .forEach(channel -> join(List.of(channel), 0, true));
    for (var channel : channels) {
      if (channel.needsOwnMessage()) {
        continue;
      }
      var size = channel.name.getBytes(UTF_8).length + 1;
      if (batch.size() == CHANNELS_PER_MESSAGE || bytes + size > CHANNEL_BYTES_PER_MESSAGE) {
        join(List.copyOf(batch), 0, true);
        batch.clear();
        bytes = 0;
      }
      batch.add(channel);
      bytes += size;
    }
    if (!batch.isEmpty()) {
      join(List.copyOf(batch), 0, true);
    }
  }

  void lost() {
    for (var channel : List.copyOf(byName.values())) {
      channel.enter(Channel.State.WANTED, null);
      channel.recoveries = 0;
      if (channel.abandoned()) {
        forget(channel);
      }
    }
  }

  void closed(Closed closed) {
    for (var channel : List.copyOf(byName.values())) {
      for (var subscription : channel.subscribers) {
        subscription.active = false;
        subscription.fail(new ConnectionClosedException(closed));
      }
      forget(channel);
    }
  }

  // --- messages of the server

  /**
   * Handles a subscription reply, which names the position at which the subscription begins.
   * Returns false for any other message.
   */
  boolean takeSubscriptionReply(String id, Message message) {
    var name = message.header("channel");
    if (name.isEmpty()) {
      return false;
    }
    var channel = byName.get(name.get());
    var refusal = RequestRefusedException.in(message);
    if (channel != null && refusal.isPresent()) {
      recoverLater(channel, id, refusal.get());
    } else if (channel != null && channel.takeSubscriptionReply(message, id)) {
      notifier.gap(Gap.unknown(channel.name));
    }
    return true;
  }

  /**
   * Called when the server could not read the history and has ended the subscription. The client
   * joins again, from the same position.
   */
  private void recoverLater(Channel channel, String id, RequestRefusedException refusal) {
    if (channel.awaitsSubscriptionReply(id)) {
      connection.later(
          refusal.retryAfter(),
          channel.recoveries++,
          () -> {
            if (channel.awaitsSubscriptionReply(id)) {
              join(List.of(channel), 0, true);
            }
          });
    }
  }

  /**
   * Called when the server's code has subscribed this client, or could not read the history for it.
   * From now on the client keeps the subscription as one of its own: it joins again after a
   * reconnect, and recovers.
   */
  void takeServerSubscription(Message message) {
    var name = message.header("subscribed").orElse("");
    var known = byName.get(name);
    var refusal = RequestRefusedException.in(message);
    if (refusal.isPresent()) {
      if (known != null && known.state() == Channel.State.JOINED) {
        refused(known, refusal.get());
      }
      return;
    }
    if (known != null && known.state() == Channel.State.LEAVING) {
      return; // the application's unsubscribe ends this subscription, too
    }
    var channel = known;
    if (channel == null) {
      channel = new Channel(name);
      channel.beginByServer(message);
      byName.put(name, channel);
    }
    channel.byServer = true;
    notifier.serverSubscribed(name);
    if (message.headers().is("recovered", "false")) {
      notifier.gap(Gap.unknown(name));
    }
  }

  /** The channels to which the server's code has subscribed this client. */
  Set<String> byServer() {
    return byName.values().stream()
        .filter(channel -> channel.byServer)
        .map(channel -> channel.name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Called when the server no longer allows a subscription. While the client joins, the message is
   * ignored, because the join gets its own answer.
   */
  void takeRevocation(Message message) {
    var channel = message.header("unsubscribed").map(byName::get).orElse(null);
    var refusal = RequestRefusedException.in(message);
    if (channel != null && channel.state() == Channel.State.JOINED && refusal.isPresent()) {
      refused(channel, refusal.get());
    }
  }

  /**
   * Returns the channel of a delivery. A server before 0.1.0 names the channel only if it has a
   * history.
   */
  Optional<Channel> channelOf(Message message) {
    var headers = message.headers();
    if (byName.isEmpty() || headers.has("channel")) {
      return headers.first("channel").map(byName::get);
    }
    var mine = headers.words("publish").stream().map(byName::get).filter(Objects::nonNull).toList();
    var plain = mine.stream().filter(channel -> !channel.hasPosition()).toList();
    return plain.stream()
        .filter(channel -> channel.state() == Channel.State.JOINED)
        .findFirst()
        .or(() -> plain.stream().findFirst())
        .or(() -> mine.stream().findFirst());
  }

  /** Called when the server has refused an {@code unsubscribe} for good. */
  void leaveRefused(RequestRefusedException refusal) {
    notifier.failed(refusal, 0);
  }

  // --- requests to the server

  /**
   * Sends {@code subscribe} for these channels. Without an open connection they join over the next
   * one.
   *
   * @param attempt the number of failed attempts of these channels
   * @param first whether the message is sent before all waiting ones
   */
  void join(List<Channel> channels, int attempt, boolean first) {
    if (!connection.isOpen()) {
      channels.forEach(channel -> channel.enter(Channel.State.WANTED, null));
      return;
    }
    var step = new Join(connection, this, channels, attempt);
    channels.forEach(channel -> channel.enter(Channel.State.JOINING, step));
    try {
      var id = connection.command(subscribe(channels), step, first);
      channels.forEach(channel -> channel.awaitSubscriptionReply(id));
    } catch (QueueFullException e) {
      step.failed(e);
    }
  }

  private Message.Builder subscribe(List<Channel> channels) {
    var names = ChannelNames.list(channels.stream().map(channel -> channel.name).toList());
    var only = channels.get(0);
    var last = channels.size() == 1 ? only.last() : OptionalInt.empty();
    var message =
        Message.builder("subscribe").header("subscribe", names).header("presence-session", session);
    last.ifPresent(count -> message.header("last", Integer.toString(count)));
    if (last.isEmpty() || only.hasPosition()) {
      message.header("since", String.join(" ", channels.stream().map(Channel::since).toList()));
    }
    if (only.presence().isPresent()) {
      message.header("presence-events", "true");
    }
    return message;
  }

  /** Called when the server has refused a channel for good, or no longer allows it. */
  void refused(Channel channel, RequestRefusedException refusal) {
    var byServer = channel.byServer;
    forget(channel);
    if (byServer) {
      notifier.serverUnsubscribed(channel.name, refusal);
    }
    for (var subscription : channel.subscribers) {
      subscription.active = false;
      subscription.fail(refusal);
      notifier.lost(subscription, refusal);
    }
  }

  /** Removes a channel. Answers and timers that belong to it have no effect any more. */
  void forget(Channel channel) {
    byName.remove(channel.name);
    channel.byServer = false;
    channel.enter(Channel.State.LEFT, null);
    channel.awaitSubscriptionReply("");
  }
}
