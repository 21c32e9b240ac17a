/**
 * HTTP out: the header {@code upstream}, and connection events as webhooks. Only here is OkHttp.
 */
@NullMarked
package io.lhttp.filters.upstream;

import org.jspecify.annotations.NullMarked;
