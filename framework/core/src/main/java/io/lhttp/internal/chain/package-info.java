/**
 * The chain: its links, how a message runs through them, and the generations that replace each
 * other.
 */
@NullMarked
package io.lhttp.internal.chain;

import org.jspecify.annotations.NullMarked;
