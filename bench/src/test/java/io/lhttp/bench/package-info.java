/** Tests of what counts and reports, and of every mode for a moment. */
@NullMarked
package io.lhttp.bench;

import org.jspecify.annotations.NullMarked;
