/**
 * A bounded cache for keys that clients choose, and the only use of Caffeine. It must contain no
 * filter.
 */
@NullMarked
package io.lhttp.filters.cache;

import org.jspecify.annotations.NullMarked;
