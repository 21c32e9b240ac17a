/** The filter {@code rate-limit}: token buckets. */
@NullMarked
package io.lhttp.filters.ratelimit;

import org.jspecify.annotations.NullMarked;
