/**
 * The rules for every HTTP request that the server sends by order of others: messages that are
 * forwarded, and what scripts fetch. Nothing here sends anything.
 */
@NullMarked
package io.lhttp.outgoing;

import org.jspecify.annotations.NullMarked;
