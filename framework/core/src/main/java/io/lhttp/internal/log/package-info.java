/**
 * How throwables are written to the log, and how loops survive them. Nothing here decides about a
 * message.
 */
@NullMarked
package io.lhttp.internal.log;

import org.jspecify.annotations.NullMarked;
