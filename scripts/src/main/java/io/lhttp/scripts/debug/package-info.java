/** The debugger's port and its protocol; nothing that a script sees may change here. */
@NullMarked
package io.lhttp.scripts.debug;

import org.jspecify.annotations.NullMarked;
