/**
 * The interfaces that filters and processors implement or call; no implementation of a server may
 * stand here.
 *
 * <p>This package has more than 20 files because a filter needs all of them: one import, {@code
 * io.lhttp.*}, is enough.
 */
@NullMarked
package io.lhttp;

import org.jspecify.annotations.NullMarked;
