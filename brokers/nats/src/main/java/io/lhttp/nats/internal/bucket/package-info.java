/**
 * The list of revocations in a bucket of NATS' key-value store; channels must not be known here.
 */
@NullMarked
package io.lhttp.nats.internal.bucket;

import org.jspecify.annotations.NullMarked;
