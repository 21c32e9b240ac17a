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
import java.util.function.Consumer;

/**
 * Joins, leaves and recovers channels: the channel states of docs/client-states.md. Guarded by its
 * client's lock.
 */
final class Subscriptions {
  /** The most channels in one message, a limit of the protocol. */
  static final int CHANNELS_PER_MESSAGE = 64;

  /** The most bytes of their names and spaces, so that a header line stays below 8 KiB. */
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

  // --- what the application asks for

  Subscription add(String name, SubscribeOptions options, Consumer<Delivery> callback) {
    var channel = byName.computeIfAbsent(name, Channel::new);
    var first = channel.subscribers.isEmpty(); // an earlier subscription may be ending
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
    } else if (connection.isOpen()) {
      new Leave(connection, this, channel, subscription).start();
    } else {
      forget(channel);
      subscription.left();
    }
  }

  // --- what happens to the connection

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
      if (channel.subscribers.isEmpty()) {
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

  // --- what the server says

  /**
   * Takes a subscription reply, which has the position where the subscription begins. Returns false
   * for any other message.
   */
  boolean takeNotice(String id, Message message) {
    var name = message.header("channel");
    if (name.isEmpty()) {
      return false;
    }
    var channel = byName.get(name.get());
    var refusal = RequestRefusedException.in(message);
    if (channel != null && refusal.isPresent()) {
      recoverLater(channel, id, refusal.get());
    } else if (channel != null && channel.takeNotice(message, id)) {
      notifier.gap(Gap.unknown(channel.name));
    }
    return true;
  }

  /**
   * The server could not read the history and has ended the subscription; this joins again, from
   * the same position.
   */
  private void recoverLater(Channel channel, String id, RequestRefusedException refusal) {
    if (channel.awaitsNotice(id)) {
      connection.later(
          refusal.retryAfter(),
          channel.recoveries++,
          () -> {
            if (channel.awaitsNotice(id)) {
              join(List.of(channel), 0, true);
            }
          });
    }
  }

  /**
   * The server no longer allows a subscription. While the client joins, this is ignored, because
   * the join gets its own answer.
   */
  void takeRevocation(Message message) {
    var channel = message.header("unsubscribed").map(byName::get).orElse(null);
    var refusal = RequestRefusedException.in(message);
    if (channel != null && channel.state() == Channel.State.JOINED && refusal.isPresent()) {
      refused(channel, refusal.get());
    }
  }

  /** The channel of a delivery. A server before 0.1.0 names it only if it has a history. */
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

  /** The server has refused an {@code unsubscribe} permanently. */
  void leaveRefused(RequestRefusedException refusal) {
    notifier.failed(refusal, 0);
  }

  // --- steps

  /**
   * Sends {@code subscribe} for channels; without an open connection they join over the next one.
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
      channels.forEach(channel -> channel.awaitNotice(id));
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

  /** The server has refused a channel permanently, or no longer allows it. */
  void refused(Channel channel, RequestRefusedException refusal) {
    forget(channel);
    for (var subscription : channel.subscribers) {
      subscription.active = false;
      subscription.fail(refusal);
      notifier.lost(subscription, refusal);
    }
  }

  /** Removes a channel; later answers and timers of it have no effect. */
  void forget(Channel channel) {
    byName.remove(channel.name);
    channel.enter(Channel.State.LEFT, null);
    channel.awaitNotice("");
  }
}
