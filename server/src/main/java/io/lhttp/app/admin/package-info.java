/**
 * The admin listener: metrics, the chain, probes and reload for an operator; no client's message
 * may be handled here.
 */
@NullMarked
package io.lhttp.app.admin;

import org.jspecify.annotations.NullMarked;
