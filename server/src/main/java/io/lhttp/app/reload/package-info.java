/**
 * Reloads: their attempts, results and probation. It must not know the parts that a reload
 * replaces.
 */
@NullMarked
package io.lhttp.app.reload;

import org.jspecify.annotations.NullMarked;
