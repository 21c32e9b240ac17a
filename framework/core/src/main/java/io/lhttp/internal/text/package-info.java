/**
 * Texts for all modules: one writer and one reader of JSON, one reader of PEM, one of IP addresses,
 * durations in words, and the distance of words. No decision about a message may be made here.
 */
@NullMarked
package io.lhttp.internal.text;

import org.jspecify.annotations.NullMarked;
