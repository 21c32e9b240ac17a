/** The rules for HTTP requests that messages or scripts order; no request may be sent from here. */
@NullMarked
package io.lhttp.outgoing;

import org.jspecify.annotations.NullMarked;
