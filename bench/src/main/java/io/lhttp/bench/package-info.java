/** The load driver, the floor server and microbenchmarks; no test of behaviour may stand here. */
@NullMarked
package io.lhttp.bench;

import org.jspecify.annotations.NullMarked;
