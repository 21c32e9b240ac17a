package io.lhttp.client;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * The {@code unsubscribe} of one channel, which is repeated until the server accepts it. The
 * client's lock guards it.
 */
final class Leave implements Channel.Step, PendingRequest.Waiter {
  private final ClientConnection connection;
  private final Subscriptions subscriptions;
  private final Channel channel;
  private final Subscription subscription;
  private int attempt;

  Leave(
      ClientConnection connection,
      Subscriptions subscriptions,
      Channel channel,
      Subscription subscription) {
    this.connection = connection;
    this.subscriptions = subscriptions;
    this.channel = channel;
    this.subscription = subscription;
  }

  void start() {
    channel.enter(Channel.State.LEAVING, this);
    channel.awaitSubscriptionReply("");
    send(false);
  }

  @Override
  public void superseded() {
    subscription.left();
  }

  @Override
  public void replied(Message reply) {
    if (!channel.isAt(this)) {
      return;
    }
    var refusal = RequestRefusedException.in(reply);
    if (refusal.isPresent() && refusal.get().isTransient()) {
      later(refusal.get().retryAfter());
    } else {
      refusal.ifPresent(subscriptions::leaveRefused);
      subscriptions.forget(channel);
    }
  }

  @Override
  public void failed(Exception why) {
    if (channel.isAt(this)
        && (why instanceof TimeoutException || why instanceof QueueFullException)) {
      later(Optional.empty());
    }
  }

  private void later(Optional<Duration> retryAfter) {
    connection.later(
        retryAfter,
        attempt++,
        () -> {
          if (channel.isAt(this)) {
            send(true);
          }
        });
  }

  private void send(boolean first) {
    var message = Message.builder("unsubscribe").header("unsubscribe", channel.name);
    try {
      connection.command(message, this, first);
    } catch (QueueFullException e) {
      failed(e);
    }
  }
}
