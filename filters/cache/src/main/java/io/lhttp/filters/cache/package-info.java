/**
 * A bounded cache for keys that clients choose, and the only user of Caffeine; filters must not
 * stand here.
 */
@NullMarked
package io.lhttp.filters.cache;

import org.jspecify.annotations.NullMarked;
