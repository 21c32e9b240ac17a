package io.lhttp.filters.occupancy;

import java.time.Instant;

/**
 * The state of a channel, as it was reported at some time.
 *
 * @param occupied whether the channel has subscribers
 * @param occupation names the occupation: the time from the first subscriber to the last one
 * @param version greater than that of each earlier event of the channel, so that a receiver can
 *     tell which of two events is the later one
 */
public record OccupancyEvent(
    String channel, boolean occupied, String occupation, long version, Instant time) {}
