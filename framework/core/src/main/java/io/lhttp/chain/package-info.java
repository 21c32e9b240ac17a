/**
 * The description of a chain, as a server is built of it, and its links' statistics; no message may
 * run through here.
 */
@NullMarked
package io.lhttp.chain;

import org.jspecify.annotations.NullMarked;
