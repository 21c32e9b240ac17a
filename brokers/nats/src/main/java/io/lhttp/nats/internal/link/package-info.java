/** The connection to NATS, its subjects and its payloads. */
@NullMarked
package io.lhttp.nats.internal.link;

import org.jspecify.annotations.NullMarked;
