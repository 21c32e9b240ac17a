/** Time and HTTP that a script's tests control. */
@NullMarked
package io.lhttp.scripts.testing;

import org.jspecify.annotations.NullMarked;
