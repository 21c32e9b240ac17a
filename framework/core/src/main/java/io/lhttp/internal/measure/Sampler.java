package io.lhttp.internal.measure;

/**
 * Picks one of {@link #MEAN} messages at random distances, so that no client's rhythm escapes it.
 * Confined to an event loop.
 *
 * <p>It picks all of the {@link #FIRST} messages: the very first are slower than others, and a
 * quiet link has few.
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

  /** The number of messages that the next one stands for; 0 if it is not picked. */
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
