/**
 * The admin listener: metrics, the chain, probes and reloads for an operator. It must not handle
 * messages of clients.
 */
@NullMarked
package io.lhttp.app.admin;

import org.jspecify.annotations.NullMarked;
