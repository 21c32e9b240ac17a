/** Reloads: their attempts, results and probation; the reloaded parts must not be known here. */
@NullMarked
package io.lhttp.app.reload;

import org.jspecify.annotations.NullMarked;
