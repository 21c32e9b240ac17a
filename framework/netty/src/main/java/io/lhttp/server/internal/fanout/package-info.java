/**
 * Channels on one event loop: subscribers, shared frames, send queues and replays; no broker's
 * implementation may be known here.
 */
@NullMarked
package io.lhttp.server.internal.fanout;

import org.jspecify.annotations.NullMarked;
