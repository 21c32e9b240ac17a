/** The inspector and its socket. */
@NullMarked
package io.lhttp.scripts.debug;

import org.jspecify.annotations.NullMarked;
