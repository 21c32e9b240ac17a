/**
 * The connection to NATS, its subjects and its payloads; no order of messages may be decided here.
 */
@NullMarked
package io.lhttp.nats.internal.link;

import org.jspecify.annotations.NullMarked;
