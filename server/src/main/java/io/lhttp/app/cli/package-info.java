/** The commands of the command line; no logic that a server needs may stand here. */
@NullMarked
package io.lhttp.app.cli;

import org.jspecify.annotations.NullMarked;
