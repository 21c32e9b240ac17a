/**
 * Versions of the chain: built, pinned, swapped and retired; no decision about a message may be
 * made here.
 */
@NullMarked
package io.lhttp.internal.version;

import org.jspecify.annotations.NullMarked;
