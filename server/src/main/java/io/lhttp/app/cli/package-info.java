/** The commands of the command line. Code that a running server needs belongs elsewhere. */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
