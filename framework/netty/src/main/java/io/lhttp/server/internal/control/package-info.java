/**
 * Runs operations of the server's code on this server's connections; other servers must not be
 * known here.
 */
@NullMarked
package io.lhttp.server.internal.control;

import org.jspecify.annotations.NullMarked;
