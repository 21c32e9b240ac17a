/**
 * A running server process: start, signals and end; no file of the application may be read here.
 */
@NullMarked
package io.lhttp.app.run;

import org.jspecify.annotations.NullMarked;
