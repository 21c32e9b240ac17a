/**
 * Tools for tests of filters and processors: a chain without a socket, a server on a free port, a
 * manual clock; no production code may depend on it.
 */
@NullMarked
package io.lhttp.testing;

import org.jspecify.annotations.NullMarked;
