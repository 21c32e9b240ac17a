/** Errors of scripts, explained with their source lines. */
@NullMarked
package io.lhttp.scripts.errors;

import org.jspecify.annotations.NullMarked;
