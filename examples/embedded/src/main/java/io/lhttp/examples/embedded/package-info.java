/** A server inside another program. It must use only the public API. */
@NullMarked
package io.lhttp.examples.embedded;

import org.jspecify.annotations.NullMarked;
