/** Tests of the counters and reports, and a short run of every mode. */
@NullMarked
package io.lhttp.bench;

import org.jspecify.annotations.NullMarked;
