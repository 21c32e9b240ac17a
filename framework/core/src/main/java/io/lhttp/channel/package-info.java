/** Channels: the seam to what carries them, and the broker that stays in the process. */
@NullMarked
package io.lhttp.channel;

import org.jspecify.annotations.NullMarked;
