/**
 * For tests of filters and processors: a chain without a socket, a server on a free port, a
 * recording connection, a hand-driven clock.
 */
@NullMarked
package io.lhttp.testing;

import org.jspecify.annotations.NullMarked;
