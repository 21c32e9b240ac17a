/** A server inside a program of one's own; only public API may be used here. */
@NullMarked
package io.lhttp.examples.embedded;

import org.jspecify.annotations.NullMarked;
