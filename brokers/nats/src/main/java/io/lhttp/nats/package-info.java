/** The broker that connects servers over NATS. */
@NullMarked
package io.lhttp.nats;

import org.jspecify.annotations.NullMarked;
