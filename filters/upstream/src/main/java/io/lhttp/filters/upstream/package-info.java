/**
 * HTTP requests to upstreams: the header {@code upstream}, connection events as webhooks, and the
 * only use of OkHttp in filters. It must not contain requests of scripts, which are in {@code
 * io.lhttp.scripts}.
 *
 * <p>This package has more than 20 files because messages and events share targets, breakers,
 * clients and the guard against forbidden addresses, all package-private.
 */
@NullMarked
package io.lhttp.filters.upstream;

import org.jspecify.annotations.NullMarked;
