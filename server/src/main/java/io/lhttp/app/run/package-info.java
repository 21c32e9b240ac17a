/** A running server process: start, signals and end. */
@NullMarked
package io.lhttp.app.run;

import org.jspecify.annotations.NullMarked;
