/**
 * Runs the operations of {@link io.lhttp.control.Control} on this server and asks the others;
 * sockets and event loops must not be known here.
 */
@NullMarked
package io.lhttp.internal.control;

import org.jspecify.annotations.NullMarked;
