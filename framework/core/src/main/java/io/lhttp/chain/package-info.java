/**
 * The parts of a chain, as a server is built of them, and the statistics of its links. No message
 * runs through here.
 */
@NullMarked
package io.lhttp.chain;

import org.jspecify.annotations.NullMarked;
