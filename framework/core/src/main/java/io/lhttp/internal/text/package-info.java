/**
 * JSON and PEM for all modules: the one writer and the one reader; no decision about a message may
 * be made here.
 */
@NullMarked
package io.lhttp.internal.text;

import org.jspecify.annotations.NullMarked;
