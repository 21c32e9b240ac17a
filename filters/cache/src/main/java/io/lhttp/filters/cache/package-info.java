/** A map that a client's keys can't fill without bound; the one place that knows Caffeine. */
@NullMarked
package io.lhttp.filters.cache;

import org.jspecify.annotations.NullMarked;
