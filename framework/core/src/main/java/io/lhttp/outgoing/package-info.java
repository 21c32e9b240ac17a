/**
 * The rules for HTTP requests whose targets or headers come from messages or scripts, and for the
 * share of each client. It must not send requests.
 */
@NullMarked
package io.lhttp.outgoing;

import org.jspecify.annotations.NullMarked;
