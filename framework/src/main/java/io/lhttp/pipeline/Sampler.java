package io.lhttp.pipeline;

/**
 * Picks one of {@link #MEAN} messages, at random distances, so that no rhythm of a client's escapes
 * it. Confined to an event loop.
 */
final class Sampler {
  /** Each picked one stands for so many. */
  static final int MEAN = 16;

  private int state;
  private int left = 1;

  /**
   * @param seed not 0
   */
  Sampler(int seed) {
    state = seed;
  }

  boolean pick() {
    if (--left > 0) {
      return false;
    }
    // xorshift, after G. Marsaglia, "Xorshift RNGs", 2003
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    left = 1 + Math.floorMod(state, 2 * MEAN - 1);
    return true;
  }
}
