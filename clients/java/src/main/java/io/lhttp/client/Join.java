package io.lhttp.client;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** One {@code subscribe} that waits for its answer. The client's lock guards it. */
final class Join implements Channel.Step, PendingRequest.Waiter {
  private final ClientConnection connection;
  private final Subscriptions subscriptions;
  private final List<Channel> channels;
  private final int attempt;

  Join(
      ClientConnection connection,
      Subscriptions subscriptions,
      List<Channel> channels,
      int attempt) {
    this.connection = connection;
    this.subscriptions = subscriptions;
    this.channels = channels;
    this.attempt = attempt;
  }

  @Override
  public void replied(Message reply) {
    var refusal = RequestRefusedException.in(reply);
    if (refusal.isEmpty()) {
      for (var channel : current()) {
        channel.enter(Channel.State.JOINED, this);
        channel.subscribers.forEach(Subscription::confirm);
      }
    } else if (refusal.get().isTransient()) {
      later(refusal.get().retryAfter());
    } else if (channels.size() > 1) {
      // sends one subscribe for each half of the channels, to find out which are refused
      halves(current());
    } else {
      current().forEach(channel -> subscriptions.refused(channel, refusal.get()));
    }
  }

  @Override
  public void failed(Exception why) {
    if (why instanceof TimeoutException || why instanceof QueueFullException) {
      later(Optional.empty());
    }
  }

  private void later(Optional<Duration> retryAfter) {
    if (current().isEmpty()) {
      return;
    }
    current().forEach(channel -> channel.enter(Channel.State.PAUSING, this));
    connection.later(
        retryAfter,
        attempt,
        () -> {
          if (!current().isEmpty()) {
            subscriptions.join(current(), attempt + 1, true);
          }
        });
  }

  private void halves(List<Channel> refused) {
    var half = (refused.size() + 1) / 2;
    for (var part : List.of(refused.subList(0, half), refused.subList(half, refused.size()))) {
      if (!part.isEmpty()) {
        subscriptions.join(part, 0, true);
      }
    }
  }

  private List<Channel> current() {
    return channels.stream().filter(channel -> channel.isAt(this)).toList();
  }
}
