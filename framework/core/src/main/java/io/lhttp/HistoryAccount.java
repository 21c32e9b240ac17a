package io.lhttp;

/**
 * Counts the bytes that the publications of several connections keep in channels' histories, such
 * as those of one tenant, and may refuse more of them. A connection with the attribute {@link #OF}
 * publishes for that account. All threads call it while the counts are locked, so its methods
 * return at once.
 */
public interface HistoryAccount {
  /** The attribute of a connection with the account for which it publishes. */
  AttributeKey<HistoryAccount> OF = AttributeKey.of("lhttp.history-account", HistoryAccount.class);

  /** Whether the account limits the bytes; without a limit nothing is counted. */
  boolean limited();

  /**
   * Counts bytes of a publication that is about to be stored.
   *
   * @throws RefusedException if the publication is refused; then nothing is counted
   */
  void keep(long bytes);

  /** Counts bytes no more, because the history has forgotten them or has not stored them. */
  void release(long bytes);
}
