package io.lhttp;

/**
 * Counts the subscriptions of several connections, such as those of one tenant, and may refuse more
 * of them; see {@link Subscriptions#count}. All threads call it while a connection's subscriptions
 * are locked, so its methods return at once and use no subscriptions.
 */
public interface SubscriptionAccount {
  /**
   * Counts subscriptions that a request of a client or of the server's code is about to begin.
   *
   * @throws RefusedException if the request is refused; then nothing is counted
   */
  void take(int subscriptions);

  /** Counts subscriptions that exist already. */
  void add(int subscriptions);

  /** Counts ended subscriptions, or such that did not begin after all. */
  void giveBack(int subscriptions);
}
