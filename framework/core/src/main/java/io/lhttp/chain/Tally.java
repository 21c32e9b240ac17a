package io.lhttp.chain;

/**
 * How many clients a generation has served, and for how many of them a link threw.
 *
 * @param clients that have sent messages, each once
 * @param failed of these, those with a message that was refused because a link threw
 */
public record Tally(long clients, long failed) {
  public static final Tally NONE = new Tally(0, 0);

  /** The share of clients that met a failure; 0 where there were none. */
  public double rate() {
    return clients == 0 ? 0 : (double) failed / clients;
  }
}
