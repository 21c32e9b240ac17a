/** A running server process: start, signals and end. It must not read files of the application. */
@NullMarked
package io.lhttp.app.run;

import org.jspecify.annotations.NullMarked;
