/** Limits of time and threads for script calls; no message may be known here. */
@NullMarked
package io.lhttp.scripts.threads;

import org.jspecify.annotations.NullMarked;
