/**
 * The filter for the headers {@code subscribe}, {@code publish} and {@code unsubscribe}; no broker
 * may be known here.
 */
@NullMarked
package io.lhttp.filters.pubsub;

import org.jspecify.annotations.NullMarked;
