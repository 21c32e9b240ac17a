/** The debugger's port and its protocol. It must not change the objects that scripts see. */
@NullMarked
package io.lhttp.scripts.debug;

import org.jspecify.annotations.NullMarked;
