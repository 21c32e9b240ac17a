/**
 * The server against which {@code lhttp test} runs tests. Production code must not depend on it.
 */
@NullMarked
package io.lhttp.app.testbench;

import org.jspecify.annotations.NullMarked;
