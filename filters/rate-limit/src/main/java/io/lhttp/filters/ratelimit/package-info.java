/**
 * The filter {@code rate-limit} with its token buckets. Limits of the server itself must stay in
 * the server.
 */
@NullMarked
package io.lhttp.filters.ratelimit;

import org.jspecify.annotations.NullMarked;
