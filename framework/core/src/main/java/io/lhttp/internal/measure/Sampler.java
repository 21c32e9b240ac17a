package io.lhttp.internal.measure;

/**
 * Picks one of {@link #MEAN} messages, at random distances, so that no rhythm of a client's escapes
 * it. The {@link #FIRST} ones are all picked: where there are few, each matters, and the very first
 * is far slower than what it would stand for. Confined to an event loop.
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

  /** For how many messages the next one stands; 0 where it is not picked. */
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
