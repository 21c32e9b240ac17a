package io.lhttp.chain;

/**
 * How many clients a generation has served, and for how many of them a link threw.
 *
 * @param clients that have sent messages, each counted once
 * @param failed clients with a message that was refused because a link threw
 */
public record ClientCounts(long clients, long failed) {
  public static final ClientCounts NONE = new ClientCounts(0, 0);

  /** The share of clients for whom a link threw, from 0 to 1; 0 without clients. */
  public double rate() {
    return clients == 0 ? 0 : (double) failed / clients;
  }
}
