/** Publications over NATS: queued, numbered and subscribed to; histories must not be kept here. */
@NullMarked
package io.lhttp.nats.internal.publish;

import org.jspecify.annotations.NullMarked;
