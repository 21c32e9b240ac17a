/**
 * Changes a rule of servers many times under connections and load, and counts what that costs. It
 * must not favour a server.
 */
@NullMarked
package io.lhttp.bench.reloads;

import org.jspecify.annotations.NullMarked;
