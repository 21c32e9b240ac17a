/** The filter {@code auth}: who speaks on a connection, and which channels they may use. */
@NullMarked
package io.lhttp.filters.auth;

import org.jspecify.annotations.NullMarked;
