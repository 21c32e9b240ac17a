/** The commands of the command line. Logic that a server needs must not be here. */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
