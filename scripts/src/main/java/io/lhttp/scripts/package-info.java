/**
 * Filters and processors in JavaScript.
 *
 * <p>A {@link ScriptHost} has one engine. A {@link Script} is a file, read once with what it
 * imports; the filters and processors that it makes have one context per script thread, so that no
 * script sees another's globals, and none is entered by two threads at a time. Script threads are
 * the connections' event loops, or some threads of their own.
 */
@NullMarked
package io.lhttp.scripts;

import org.jspecify.annotations.NullMarked;
