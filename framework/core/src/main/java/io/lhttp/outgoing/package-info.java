/**
 * The rules for HTTP requests whose targets or headers come from messages or scripts. It must not
 * send requests.
 */
@NullMarked
package io.lhttp.outgoing;

import org.jspecify.annotations.NullMarked;
