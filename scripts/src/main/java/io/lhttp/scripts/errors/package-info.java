/** Errors of scripts, explained with their source lines; no script may be run here. */
@NullMarked
package io.lhttp.scripts.errors;

import org.jspecify.annotations.NullMarked;
