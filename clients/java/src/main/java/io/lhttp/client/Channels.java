package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The subscribed channels: what the server is told of them, and who takes what they bring. Guarded
 * by its client's lock.
 */
final class Channels {
  /** How many channels are renewed with one message: the protocol's limit. */
  static final int BATCH_CHANNELS = 64;

  /** The bytes of their names and spaces, so that a header line stays below 8 KiB. */
  static final int BATCH_BYTES = 8_000;

  private final Link link;
  private final String session;
  private final Map<String, Channel> byName = new LinkedHashMap<>();
  private long steps;

  Channels(Link link, String session) {
    this.link = link;
    this.session = session;
  }

  Subscription add(String name, Start start, Consumer<Delivery> callback) {
    var subscription = new Subscription(link, name, callback);
    var channel = byName.getOrDefault(name, new Channel(name));
    if (channel.subscribers.isEmpty()) {
      channel.left = byName.containsKey(name);
      channel.start(start);
    } else if (!start.equals(Start.NOW)) {
      throw new IllegalStateException(
          "'%s' is subscribed to already; only the first subscription says where it begins"
              .formatted(name));
    }
    if (channel.subscribers.isEmpty() && link.isOpen()) {
      tell(List.of(channel), true, false);
    }
    byName.put(name, channel);
    channel.subscribers = with(channel.subscribers, subscription);
    if (channel.confirmed) {
      subscription.confirm();
    }
    return subscription;
  }

  void remove(Subscription subscription) {
    if (!subscription.active) {
      return;
    }
    var channel = byName.get(subscription.channel());
    if (channel == null) {
      return;
    }
    var rest = channel.subscribers.stream().filter(s -> s != subscription).toList();
    if (rest.isEmpty() && link.isOpen()) {
      tell(List.of(channel), false, false);
    } else if (rest.isEmpty()) {
      byName.remove(channel.name);
    }
    channel.subscribers = rest;
    subscription.end();
  }

  /** Renews all subscriptions on a new connection. */
  void opened() {
    var batch = new ArrayList<Channel>();
    var bytes = 0;
    for (var channel : byName.values()) {
      if (channel.last().isPresent()) {
        tell(List.of(channel), true, true); // a message has but one `last`
        continue;
      }
      var size = channel.name.getBytes(UTF_8).length + 1;
      if (batch.size() == BATCH_CHANNELS || bytes + size > BATCH_BYTES) {
        tell(List.copyOf(batch), true, true);
        batch.clear();
        bytes = 0;
      }
      batch.add(channel);
      bytes += size;
    }
    if (!batch.isEmpty()) {
      tell(List.copyOf(batch), true, true);
    }
  }

  void connectionLost() {
    byName.values().removeIf(channel -> channel.subscribers.isEmpty());
    for (var channel : byName.values()) {
      channel.confirmed = false;
      channel.left = false;
      channel.step = ++steps;
    }
  }

  void end(Closed closed) {
    for (var channel : byName.values()) {
      for (var subscription : channel.subscribers) {
        subscription.active = false;
        subscription.fail(new ConnectionClosedException(closed));
      }
    }
    byName.clear();
  }

  /**
   * The channel that a message is a delivery of, if it is one. The server says which; one of before
   * does so with a history only.
   */
  Optional<Channel> route(Message message) {
    var headers = message.headers();
    // A delivery has no id; what has one replies to a message that was published.
    if (byName.isEmpty() || headers.has("id")) {
      return Optional.empty();
    }
    if (headers.has("channel")) {
      return isPresence(message) ? Optional.empty() : headers.first("channel").map(byName::get);
    }
    var mine = headers.words("publish").stream().map(byName::get).filter(Objects::nonNull).toList();
    // Those that have surely their copy come first, and then those without a history.
    return mine.stream()
        .filter(channel -> channel.confirmed && !channel.recoverable())
        .findFirst()
        .or(() -> mine.stream().filter(channel -> !channel.recoverable()).findFirst())
        .or(() -> mine.stream().findFirst());
  }

  /** Whether the server tells who is there: what is published names where. */
  private static boolean isPresence(Message message) {
    return message.command().equals("presence") && !message.headers().has("publish");
  }

  /**
   * Takes what the server says of where a subscription begins, and drops what else answers to this
   * client itself, too late; false for any other message.
   */
  boolean noticed(Message message) {
    var id = message.header("id").orElse("");
    if (id.isEmpty() && message.headers().has("unsubscribed")) {
      revoked(message);
      return true;
    }
    if (!link.asks(id)) {
      return false;
    }
    var channel = message.header("channel").map(byName::get).orElse(null);
    var refusal = RequestRefusedException.in(message);
    if (channel != null && refusal.isPresent()) {
      unsubscribed(channel, id, refusal.get());
    } else if (channel != null && channel.noticed(message, id)) {
      link.gap(channel.name);
    }
    return true;
  }

  /**
   * The server no longer allows a subscription. One that is just being asked for gets an answer of
   * its own.
   */
  private void revoked(Message message) {
    var channel = message.header("unsubscribed").map(byName::get).orElse(null);
    var refusal = RequestRefusedException.in(message);
    if (channel != null && channel.confirmed && refusal.isPresent()) {
      lost(channel, refusal.get());
    }
  }

  private void lost(Channel channel, RequestRefusedException refusal) {
    byName.remove(channel.name);
    for (var subscription : channel.subscribers) {
      subscription.active = false;
      if (subscription.waiting()) {
        subscription.fail(refusal);
      } else {
        link.lost(subscription, refusal);
      }
    }
  }

  /** The server could not fetch what was asked for: it is asked again, from the same place. */
  private void unsubscribed(Channel channel, String id, RequestRefusedException refusal) {
    link.later(
        refusal.retryAfter(),
        channel.refusals++,
        () -> {
          if (channel.awaits(id) && channel.equals(byName.get(channel.name))) {
            tell(List.of(channel), true, true);
          }
        });
  }

  /**
   * Subscribes to channels or unsubscribes from them.
   *
   * @param first before all that waits, and without a bound
   */
  private void tell(List<Channel> channels, boolean subscribe, boolean first) {
    var verb = subscribe ? "subscribe" : "unsubscribe";
    var step = new Step(channels, subscribe);
    var names = ChannelNames.list(channels.stream().map(channel -> channel.name).toList());
    var message = Message.builder(verb).header(verb, names);
    if (subscribe) {
      message.header("presence-session", session);
      recall(channels, message);
    }
    var id = link.ask(message, step, first);
    for (var channel : channels) {
      channel.step = step.number;
      channel.confirmed = false;
      channel.asked(subscribe ? id : "");
    }
  }

  /** Asks for what came behind what was heard last. */
  private static void recall(List<Channel> channels, Message.Builder message) {
    var last = channels.size() == 1 ? channels.getFirst().last() : OptionalInt.empty();
    last.ifPresent(count -> message.header("last", Integer.toString(count)));
    if (last.isEmpty() || channels.getFirst().recoverable()) {
      message.header("since", String.join(" ", channels.stream().map(Channel::since).toList()));
    }
  }

  private final class Step implements Pending.Waiter {
    private final long number = ++steps;
    private final List<Channel> channels;
    private final boolean subscribe;

    Step(List<Channel> channels, boolean subscribe) {
      this.channels = channels;
      this.subscribe = subscribe;
    }

    @Override
    public void replied(Message reply) {
      var refusal = RequestRefusedException.in(reply);
      if (refusal.isEmpty()) {
        current().forEach(this::done);
      } else if (refusal.get().asksForLater()) {
        again(current(), refusal.get().retryAfter());
      } else if (channels.size() > 1) {
        // One of them is to blame; asked for alone, each gets its own answer.
        current().forEach(channel -> tell(List.of(channel), true, true));
      } else {
        current().forEach(channel -> refused(channel, refusal.get()));
      }
    }

    @Override
    public void failed(Exception why) {
      if (why instanceof TimeoutException) {
        for (var channel : current()) {
          channel.subscribers.forEach(subscription -> subscription.fail(why));
        }
        again(current(), Optional.empty());
      }
    }

    private List<Channel> current() {
      return channels.stream().filter(channel -> channel.step == number).toList();
    }

    private void done(Channel channel) {
      channel.refusals = 0;
      if (subscribe) {
        channel.confirmed = true;
        channel.left = false;
        channel.established = true;
        channel.subscribers.forEach(Subscription::confirm);
      } else {
        byName.remove(channel.name);
      }
    }

    private void again(List<Channel> refused, Optional<Duration> atLeast) {
      if (refused.isEmpty()) {
        return;
      }
      var retry = ++steps;
      var refusals = 0;
      for (var channel : refused) {
        channel.step = retry;
        refusals = Math.max(refusals, channel.refusals++);
      }
      link.later(
          atLeast,
          refusals,
          () -> {
            var still = refused.stream().filter(channel -> channel.step == retry).toList();
            if (!still.isEmpty()) {
              tell(still, subscribe, true);
            }
          });
    }

    private void refused(Channel channel, RequestRefusedException refusal) {
      if (refusal.serverFailed() && channel.established) {
        again(List.of(channel), refusal.retryAfter());
        return;
      }
      lost(channel, refusal);
    }
  }

  private static List<Subscription> with(Collection<Subscription> some, Subscription one) {
    var all = new ArrayList<>(some);
    all.add(one);
    return List.copyOf(all);
  }
}
