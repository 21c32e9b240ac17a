/**
 * The description from which a server builds a chain, and the statistics of its links. Messages
 * must not run through here.
 */
@NullMarked
package io.lhttp.chain;

import org.jspecify.annotations.NullMarked;
