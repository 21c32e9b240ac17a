/** Time and HTTP that a script's tests control; no production code may depend on it. */
@NullMarked
package io.lhttp.scripts.testing;

import org.jspecify.annotations.NullMarked;
