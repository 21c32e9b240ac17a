/**
 * A bounded cache for keys that clients choose, which filters share, and the only use of Caffeine.
 * It must not know filters or messages.
 */
@NullMarked
package io.lhttp.internal.cache;

import org.jspecify.annotations.NullMarked;
