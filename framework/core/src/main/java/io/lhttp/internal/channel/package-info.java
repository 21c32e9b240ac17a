/** The hub between the broker and the event loops; sockets must not be known here. */
@NullMarked
package io.lhttp.internal.channel;

import org.jspecify.annotations.NullMarked;
