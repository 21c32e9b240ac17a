/** The hub between the broker and the event loops. Nothing here knows of sockets. */
@NullMarked
package io.lhttp.internal.channel;

import org.jspecify.annotations.NullMarked;
