/**
 * What the server counts per link: meters, samples, refusals and blocked event loops. Nothing here
 * changes a message.
 */
@NullMarked
package io.lhttp.internal.measure;

import org.jspecify.annotations.NullMarked;
