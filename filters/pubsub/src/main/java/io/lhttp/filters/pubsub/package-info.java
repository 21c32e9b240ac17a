/** The headers {@code subscribe}, {@code publish} and {@code unsubscribe}. */
@NullMarked
package io.lhttp.filters.pubsub;

import org.jspecify.annotations.NullMarked;
