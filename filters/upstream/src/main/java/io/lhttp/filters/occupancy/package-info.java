/**
 * Finds the first and the last subscriber of a channel on all servers, and lets one server report
 * each; HTTP must not be known here.
 */
@NullMarked
package io.lhttp.filters.occupancy;

import org.jspecify.annotations.NullMarked;
