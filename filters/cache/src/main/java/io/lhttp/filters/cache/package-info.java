/**
 * A cache with a bound for keys that clients choose, and the one use of Caffeine; no filter may
 * stand here.
 */
@NullMarked
package io.lhttp.filters.cache;

import org.jspecify.annotations.NullMarked;
