/**
 * The commands of the command line that read or run an application's folder. Code that a running
 * server needs belongs elsewhere.
 */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
