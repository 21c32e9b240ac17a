package io.lhttp.bench.reloads;

/** Counts the publications that one subscriber has received and missed, by their numbers. */
final class Received {
  private long first = -1;
  private long last = -1;
  private long count;
  private long doubled;

  /** Notes a publication; the first one is where the subscription begins. */
  void add(long number) {
    if (first < 0) {
      first = number;
    }
    if (number > last) {
      last = number;
      count++;
    } else {
      doubled++;
    }
  }

  boolean isSubscribed() {
    return first >= 0;
  }

  /**
   * Returns the number of publications since the first received one that never came.
   *
   * @param newest the number of the last publication
   */
  long lost(long newest) {
    return first < 0 ? 0 : newest - first + 1 - count;
  }

  /** Returns the number of publications that came again, or behind a later one. */
  long doubled() {
    return doubled;
  }
}
