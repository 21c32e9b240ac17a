package io.lhttp.filters.occupancy;

/**
 * The last event of a channel, as the servers know it. Immutable.
 *
 * @param id the event's occupation
 * @param occupied whether the event was {@code occupied}
 * @param version the event's version
 * @param reporter the server that reported the event, or has taken its channel over
 */
record Occupation(
    String channel, String id, boolean occupied, long version, String reporter, Delivery delivery) {
  /** How far the event's report has come. The order of the constants is that of a report. */
  enum Delivery {
    /** The reporter is sending it, or has died meanwhile. */
    SENT,
    /** The reporter has given up; the channel's owner has to report the channel again. */
    FAILED,
    /** All receivers have taken it. */
    TAKEN
  }

  Occupation with(Delivery delivery) {
    return new Occupation(channel, id, occupied, version, reporter, delivery);
  }

  /** The same event in the care of another server. */
  Occupation of(String reporter) {
    return new Occupation(channel, id, occupied, version, reporter, delivery);
  }

  /** Whether this says more than the other one, which is of the same channel. */
  boolean supersedes(Occupation other) {
    return version > other.version
        || (version == other.version && delivery.compareTo(other.delivery) >= 0);
  }
}
