/**
 * The filters {@code upstream}, {@code events} and {@code hooks}, which send HTTP requests to
 * backends, and the only use of OkHttp in filters. Requests of scripts must not be sent here; they
 * are in {@code io.lhttp.scripts}.
 *
 * <p>This package has more than 20 files because messages, events and questions share targets,
 * breakers, clients and the guard against forbidden addresses, all package-private.
 */
@NullMarked
package io.lhttp.filters.upstream;

import org.jspecify.annotations.NullMarked;
