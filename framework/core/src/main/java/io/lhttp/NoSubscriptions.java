package io.lhttp;

import java.util.Set;

/** The subscriptions of a connection that takes no deliveries. */
enum NoSubscriptions implements Subscriptions {
  INSTANCE;

  @Override
  public void subscribe(SubscriptionRequest request) {}

  @Override
  public void unsubscribe(String channel) {}

  @Override
  public void revoke(String channel, Outcome.Refused why) {}

  @Override
  public Set<String> channels() {
    return Set.of();
  }

  @Override
  public Set<String> asked() {
    return Set.of();
  }
}
