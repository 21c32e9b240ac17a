/** The JavaScript engine and its compiler. It must not know scripts. */
@NullMarked
package io.lhttp.scripts.engine;

import org.jspecify.annotations.NullMarked;
