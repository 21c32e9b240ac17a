/** The header {@code multipart}. */
@NullMarked
package io.lhttp.filters.multipart;

import org.jspecify.annotations.NullMarked;
