/**
 * The filter for the header {@code multipart}; the format itself must stay in {@code
 * io.lhttp.message}.
 */
@NullMarked
package io.lhttp.filters.multipart;

import org.jspecify.annotations.NullMarked;
