/**
 * The commands of the command line. Code that a running server needs belongs elsewhere.
 *
 * <p>This package has more than 20 files because each command is a class of its own, and the
 * commands share package-private options, printers and error texts.
 */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
