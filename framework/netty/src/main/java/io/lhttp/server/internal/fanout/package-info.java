/** Channels on one event loop: subscribers, shared frames, send queues and replays. */
@NullMarked
package io.lhttp.server.internal.fanout;

import org.jspecify.annotations.NullMarked;
