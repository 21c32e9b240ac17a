package io.lhttp.server.internal.fanout;

import io.lhttp.HistoryRequest;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionRequest;
import io.lhttp.Subscriptions;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.internal.channel.Hub;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a subscriber the part of a channel's history that it requested. It sends a few messages at
 * a time, in turn with other replays, and no faster than the client reads.
 *
 * <p>During the replay the subscription skips live deliveries, because the history contains them.
 * When the replay has sent the last entry, live deliveries continue.
 *
 * <p>Owned by its subscription and confined to the connection's event loop.
 */
public final class Replay implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Replay.class);

  /**
   * The most messages that a replay sends in one turn of the event loop. Live deliveries to other
   * connections wait for a few times as many.
   */
  private static final int STRETCH = 16;

  /** The command, and the header, of the server's message about its own subscription. */
  private static final String SUBSCRIBED = "subscribed";

  /**
   * The objects that all replays of a connection need.
   *
   * @param hub finds the histories
   * @param budget counts the bytes of messages that are sent
   * @param subscriptions ends a subscription whose history can't be fetched
   */
  public record Source(Hub<?, ?> hub, Budget budget, Subscriptions subscriptions) {}

  private final Subscription subscription;
  private final Source source;
  private final HistoryRequest history;

  /** The command, format and id that all subscription replies of the request share. */
  private final Message reply;

  private final Optional<String> since;

  /** Whether the history is still being fetched, so that the subscription reply is not sent yet. */
  private boolean waiting;

  private long at;

  private Replay(
      Subscription subscription, Source source, HistoryRequest history, Message reply, int index) {
    this.subscription = subscription;
    this.source = source;
    this.history = history;
    this.reply = reply;
    this.since = history.since(index);
  }

  /**
   * Sends the subscription reply and begins the replay, as soon as the history is in memory.
   *
   * @param reply the result of {@link #replyTo} for the request
   * @param index the channel's index in the request
   */
  public static void begin(
      Subscription subscription, Source source, HistoryRequest history, Message reply, int index) {
    if (!subscription.over()) {
      new Replay(subscription, source, history, reply, index).begin();
    }
  }

  /**
   * Returns the headers of a subscription reply that all channels share. The result does not keep
   * the client's message in memory, because a replay may wait for long.
   */
  public static Message replyTo(SubscriptionRequest request) {
    if (request.client().isEmpty()) {
      return Message.of(SUBSCRIBED, "");
    }
    var client = request.client().get();
    var reply = Message.builder(client.command()).format(client.format());
    client.header("id").ifPresent(id -> reply.header("id", id));
    return reply.build();
  }

  /** Continues after this offset, because the entries after it were forged. */
  void rewind(long offset) {
    at = Math.min(at, offset);
  }

  private void begin() {
    var before = subscription.replay;
    if (before != null && before.waiting) {
      before.refuse(Outcome.refused(409, "asked again before it could be answered"));
    }
    subscription.replay = this;
    var history = history();
    if (history.isEmpty()) {
      subscription.replay = null;
      subscription.subscriber.send(reply(false).build());
      return;
    }
    var reaching = history.get().reaches(since.flatMap(Position::parse));
    if (reaching.equals(Broker.TAKEN)) {
      start(history.get());
      return;
    }
    waiting = true;
    reaching.whenComplete((known, failure) ->
        subscription.subscriber.later(() -> {
          if (subscription.replay == this && !subscription.over()) {
            waiting = false;
            begin(failure);
          }
        }));
  }

  private void begin(@Nullable Throwable failure) {
    var history = history();
    if (failure == null && history.isPresent()) {
      start(history.get());
      return;
    }
    var cause = failure == null ? null : Loggable.ofStage(failure);
    if (cause != null && !(cause instanceof RefusedException)) {
      log.error("failed to fetch a history", cause);
    }
    refuse(
        cause instanceof RefusedException refused
            ? refused.refusal()
            : Outcome.refused(503, "the history can't be had"));
    // A subscription that continued with live deliveries would hide the gap before them.
    source.subscriptions.unsubscribe(subscription.channel.name);
  }

  private void start(History log) {
    var now = since.filter(HistoryRequest.NOW::equals).isPresent();
    var known =
        since
            .flatMap(Position::parse)
            .filter(p -> log.epoch().equals(p.epoch()) && log.holds(p.offset()))
            .map(Position::offset);
    at = now ? log.head() : known.orElseGet(() -> log.before(history.last()));
    var reply = reply(known.isPresent());
    reply.header("position", new Position(log.epoch(), at).toString());
    subscription.subscriber.send(reply.build());
    subscription.subscriber.runLowPriority(this);
  }

  @Override
  public void run() {
    if (subscription.replay != this || subscription.over()) {
      return;
    }
    var subscriber = subscription.subscriber;
    if (subscriber.closing()) {
      return;
    }
    if (!subscriber.takes()) {
      subscription.subscriber.whenWritable(this);
      return;
    }
    var page = history().map(h -> h.after(at, STRETCH)).orElse(new History.Page(at, 0, List.of()));
    subscription.missed += page.missed();
    at = page.from();
    for (var entry : page.entries()) {
      if (!subscriber.takes()) {
        break;
      }
      send(entry);
      at = entry.offset();
    }
    if (page.entries().isEmpty()) {
      subscription.position = at;
      subscription.replay = null;
    } else {
      subscription.subscriber.runLowPriority(this);
    }
  }

  private void send(History.Entry entry) {
    var frame = new SharedFrame(entry.message(), 1, entry.offset(), source.budget);
    try {
      subscription.subscriber.deliver(subscription, frame);
    } finally {
      frame.release();
    }
  }

  private Optional<History> history() {
    return source.hub.history(subscription.channel.name);
  }

  private Message.Builder reply(boolean recovered) {
    var builder = toChannel();
    if (since.isPresent() && since.filter(HistoryRequest.NOW::equals).isEmpty()) {
      builder.header("recovered", Boolean.toString(recovered));
    }
    return builder;
  }

  /** Begins a reply about the channel. One that the client did not request says so. */
  private Message.Builder toChannel() {
    var builder = reply.toBuilder();
    if (reply.command().equals(SUBSCRIBED) && !reply.headers().has("id")) {
      builder.header(SUBSCRIBED, subscription.channel.name);
    }
    return builder.header("channel", subscription.channel.name);
  }

  private void refuse(Outcome.Refused refused) {
    var refusal =
        toChannel()
            .header("status", Integer.toString(refused.status()))
            .header("error", refused.reason());
    refused.retryAfterSeconds().ifPresent(s -> refusal.header("retry-after", Long.toString(s)));
    subscription.subscriber.send(refusal.build());
  }
}
