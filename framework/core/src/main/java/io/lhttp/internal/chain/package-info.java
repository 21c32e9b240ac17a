/**
 * The links of a chain, and how an exchange runs through them; versions must not be built or
 * swapped here.
 */
@NullMarked
package io.lhttp.internal.chain;

import org.jspecify.annotations.NullMarked;
