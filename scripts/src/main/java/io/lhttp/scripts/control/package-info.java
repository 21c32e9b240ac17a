/**
 * The operations of {@code ctx.server}: their arguments and results as JSON; contexts and threads
 * of scripts must not be known here.
 */
@NullMarked
package io.lhttp.scripts.control;

import org.jspecify.annotations.NullMarked;
