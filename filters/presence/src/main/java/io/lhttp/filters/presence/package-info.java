/**
 * The users who are subscribed to a channel, on all servers; publications of clients must not be
 * carried here.
 */
@NullMarked
package io.lhttp.filters.presence;

import org.jspecify.annotations.NullMarked;
