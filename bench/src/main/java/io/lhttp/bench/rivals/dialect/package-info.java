/**
 * The protocols of rivals that do not understand LHTTP: how clients connect, subscribe, publish and
 * count. It must not start servers.
 */
@NullMarked
package io.lhttp.bench.rivals.dialect;

import org.jspecify.annotations.NullMarked;
