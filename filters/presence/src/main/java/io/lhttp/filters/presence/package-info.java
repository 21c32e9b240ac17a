/** Who is subscribed to a channel, on all servers. */
@NullMarked
package io.lhttp.filters.presence;

import org.jspecify.annotations.NullMarked;
