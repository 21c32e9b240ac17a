/**
 * Filters and processors in JavaScript: the host and its API. It must not know sockets.
 *
 * <p>This package has more than 20 files because a script, its contexts and its quarantine share
 * package-private state.
 *
 * <p>A {@link ScriptHost} has one engine. A {@link Script} is a file, read once with its imports.
 * Its filters and processors have one context per script thread, so that no script sees another's
 * globals, and no two threads enter a context at a time. Script threads are the connections' event
 * loops, or threads of the host.
 */
@NullMarked
package io.lhttp.scripts;

import org.jspecify.annotations.NullMarked;
