/** The server that lhttp test runs scripts against. */
@NullMarked
package io.lhttp.app.testbench;

import org.jspecify.annotations.NullMarked;
