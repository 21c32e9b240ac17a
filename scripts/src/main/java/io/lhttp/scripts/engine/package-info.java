/** The engine and its compiler; no script may be known here. */
@NullMarked
package io.lhttp.scripts.engine;

import org.jspecify.annotations.NullMarked;
