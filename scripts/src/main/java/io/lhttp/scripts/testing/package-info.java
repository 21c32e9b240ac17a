/** A clock and an HTTP stub for tests of scripts. Production code must not depend on it. */
@NullMarked
package io.lhttp.scripts.testing;

import org.jspecify.annotations.NullMarked;
