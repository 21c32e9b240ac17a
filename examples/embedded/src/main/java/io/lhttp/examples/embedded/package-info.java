/** A server inside a program of one's own. */
@NullMarked
package io.lhttp.examples.embedded;

import org.jspecify.annotations.NullMarked;
