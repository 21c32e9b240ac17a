/** The commands of the command line. */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
