/** Tells which instance of a user's class has started a thread. */
@NullMarked
package io.lhttp.app.code.origin;

import org.jspecify.annotations.NullMarked;
