package io.lhttp.internal.measure;

/**
 * Picks the messages whose times are measured: on average one of {@link #MEAN}, at random
 * distances, so that a client with a regular rhythm is measured too. Confined to an event loop.
 *
 * <p>It picks each of the {@link #FIRST} messages, because the very first are slower than others
 * and a quiet link has few.
 */
final class Sampler {
  static final int MEAN = 16;
  static final int FIRST = 256;

  private int state;
  private int first = FIRST;
  private int left = 1;

  /**
   * @param seed not 0
   */
  Sampler(int seed) {
    state = seed;
  }

  /**
   * Decides about the next message. Returns the number of messages that its time stands for; 0 if
   * its time is not measured.
   */
  int pick() {
    if (first > 0) {
      first--;
      return 1;
    }
    if (--left > 0) {
      return 0;
    }
    // xorshift, after G. Marsaglia, "Xorshift RNGs", 2003
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    left = 1 + Math.floorMod(state, 2 * MEAN - 1);
    return MEAN;
  }
}
