/**
 * A small HTTP/1.1 server over plain sockets, with bounds, for operators and backends. It must know
 * no path and no method of its users.
 */
@NullMarked
package io.lhttp.app.http;

import org.jspecify.annotations.NullMarked;
