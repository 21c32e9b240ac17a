/** The server that {@code lhttp test} runs scripts against; no production code may depend on it. */
@NullMarked
package io.lhttp.app.testbench;

import org.jspecify.annotations.NullMarked;
