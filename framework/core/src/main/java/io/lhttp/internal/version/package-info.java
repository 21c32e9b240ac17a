/** Versions of the chain: building, pinning, swapping and retiring. No message is handled here. */
@NullMarked
package io.lhttp.internal.version;

import org.jspecify.annotations.NullMarked;
