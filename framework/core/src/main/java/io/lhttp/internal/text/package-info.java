/**
 * Texts for all modules: one writer and one reader of JSON, one reader of PEM, one of IP addresses,
 * durations in words, the distance of words and the nearest word. No decision about a message may
 * be made here.
 */
@NullMarked
package io.lhttp.internal.text;

import org.jspecify.annotations.NullMarked;
