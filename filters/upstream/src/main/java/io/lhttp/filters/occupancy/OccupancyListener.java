package io.lhttp.filters.occupancy;

/** Gets the events of the channels that it covers. Threads of any kind call it. */
public interface OccupancyListener {
  /** Names the receiver. Of several listeners with one name only the latest gets events. */
  String name();

  /** Whether the listener gets the events of this channel. The answer never changes. */
  boolean covers(String channel);

  /**
   * Reports an event; returns at once. A channel has one event under way at a time.
   *
   * @param end must be called once: with false if the channel's state has to be reported again
   */
  void report(OccupancyEvent event, End end);

  /** Takes the end of a report; any thread may call it. */
  @FunctionalInterface
  interface End {
    void reported(boolean taken);
  }
}
