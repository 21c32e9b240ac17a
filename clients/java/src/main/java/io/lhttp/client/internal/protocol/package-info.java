/**
 * The protocol's names, numbers and texts as the client reads and writes them; nothing here may
 * know a connection.
 */
@NullMarked
package io.lhttp.client.internal.protocol;

import org.jspecify.annotations.NullMarked;
