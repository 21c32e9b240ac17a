/**
 * Filters and processors in JavaScript: the host and its API. It must not know sockets.
 *
 * <p>This package has more than 20 files because a script, its contexts and its quarantine share
 * package-private state.
 *
 * <p>A {@link ScriptHost} has one engine. A {@link Script} is a file that was read once, with its
 * imports. Each filter and processor made from it has one context for each script thread. So no
 * script sees another's globals, and no two threads are in one context at the same time. Script
 * threads are the connections' event loops, or threads of the host.
 */
@NullMarked
package io.lhttp.scripts;

import org.jspecify.annotations.NullMarked;
