/** Publications over NATS: queueing, numbering and subscriptions. */
@NullMarked
package io.lhttp.nats.internal.publish;

import org.jspecify.annotations.NullMarked;
