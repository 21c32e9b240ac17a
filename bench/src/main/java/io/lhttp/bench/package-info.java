/**
 * The load driver, the floor server and microbenchmarks. It must not test behaviour.
 *
 * <p>This package has more than 20 files because each benchmark is a class of its own and shares
 * the package-private driver.
 */
@NullMarked
package io.lhttp.bench;

import org.jspecify.annotations.NullMarked;
