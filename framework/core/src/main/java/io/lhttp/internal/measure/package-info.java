/**
 * The meters of links, recent refusals, and the watch over event loops; no message may be changed
 * here.
 */
@NullMarked
package io.lhttp.internal.measure;

import org.jspecify.annotations.NullMarked;
