/** The server and its options; single messages and frames must not be handled here. */
@NullMarked
package io.lhttp.server;

import org.jspecify.annotations.NullMarked;
