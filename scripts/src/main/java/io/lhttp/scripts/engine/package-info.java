/** The engine's compiler and how it is loaded. */
@NullMarked
package io.lhttp.scripts.engine;

import org.jspecify.annotations.NullMarked;
