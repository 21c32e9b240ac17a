package io.lhttp.pipeline;

/**
 * How a generation's messages ended.
 *
 * @param messages that have run through the chain
 * @param failed of these, those that were refused with 500 or more
 */
public record Tally(long messages, long failed) {
  public static final Tally NONE = new Tally(0, 0);

  /** What has come since an earlier count of the same generation. */
  public Tally since(Tally earlier) {
    return new Tally(messages - earlier.messages, failed - earlier.failed);
  }

  /** The share of messages that failed; 0 where there were none. */
  public double rate() {
    return messages == 0 ? 0 : (double) failed / messages;
  }
}
