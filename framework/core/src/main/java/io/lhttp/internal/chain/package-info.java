/**
 * The links of a chain, and how an exchange runs through them; versions must not be built or
 * swapped here.
 *
 * <p>This package has more than 20 files because links, their calls for connections and an exchange
 * share state that nobody else may see.
 */
@NullMarked
package io.lhttp.internal.chain;

import org.jspecify.annotations.NullMarked;
