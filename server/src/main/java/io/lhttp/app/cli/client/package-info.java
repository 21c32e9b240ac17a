/**
 * The commands {@code connect}, {@code publish} and {@code api}, which are clients of a server.
 * Commands that read or run an application's folder belong to {@link io.lhttp.app.cli}.
 */
@NullMarked
package io.lhttp.app.cli.client;

import org.jspecify.annotations.NullMarked;
