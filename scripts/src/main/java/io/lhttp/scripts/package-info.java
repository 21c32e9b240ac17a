/**
 * Filters and processors in JavaScript: the host and its API; sockets must not be known here.
 *
 * <p>This package has more than 20 files because a script, its seats and its quarantine share
 * package-private state.
 *
 * <p>A {@link ScriptHost} has one engine. A {@link Script} is a file, read once with what it
 * imports; the filters and processors that it makes have one context per script thread, so that no
 * script sees another's globals, and no two threads enter one at a time. Script threads are the
 * connections' event loops, or threads of their own.
 */
@NullMarked
package io.lhttp.scripts;

import org.jspecify.annotations.NullMarked;
