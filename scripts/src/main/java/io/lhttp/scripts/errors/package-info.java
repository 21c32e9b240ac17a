/** Errors of scripts, explained with their source lines. It must not run scripts. */
@NullMarked
package io.lhttp.scripts.errors;

import org.jspecify.annotations.NullMarked;
